// Annotations of which mutex guards what, checked by clang (-Wthread-safety); empty elsewhere.
// https://clang.llvm.org/docs/ThreadSafetyAnalysis.html

#pragma once

#ifdef __clang__
#define THREAD_ANNOTATION(x) __attribute__((x))
#else
#define THREAD_ANNOTATION(x)
#endif

// A member that may be used only while the mutex is held.
#define GUARDED_BY(mutex) THREAD_ANNOTATION(guarded_by(mutex))
// A function whose caller must hold the mutex.
#define REQUIRES(mutex) THREAD_ANNOTATION(requires_capability(mutex))

// For base/mutex.h.
#define CAPABILITY(name) THREAD_ANNOTATION(capability(name))
#define SCOPED_CAPABILITY THREAD_ANNOTATION(scoped_lockable)
#define ACQUIRE(...) THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define RELEASE(...) THREAD_ANNOTATION(release_capability(__VA_ARGS__))
