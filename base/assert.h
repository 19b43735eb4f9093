// Assertions: conditions that only a mistake in this program can break.
//
// ASSERT is checked in every build: a wrong number is worse than an abort. DEBUG_ASSERT is for code
// that runs once a message; it is checked where NDEBUG is not defined (presets dev, asan, tsan).
//
// A failure prints file, line and condition to standard error and aborts.

#pragma once

namespace sockmark {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace sockmark

#define ASSERT(condition)                              \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::sockmark::assertion_failed(#condition, __FILE__, __LINE__))

#ifdef NDEBUG
#define DEBUG_ASSERT(condition) static_cast<void>(sizeof(static_cast<bool>(condition)))
#else
#define DEBUG_ASSERT(condition) ASSERT(condition)
#endif
