// The widths, in columns, to which texts of a report are cut (printable.h).

#pragma once

#include <cstddef>

namespace sockmark::report {

inline constexpr std::size_t kWordColumns = 24;  // a transport, a workload
inline constexpr std::size_t kNameColumns = 60;  // the id of a case
inline constexpr std::size_t kTitleColumns = 120;
inline constexpr std::size_t kLineColumns = 160;  // a sentence
inline constexpr std::size_t kTextColumns = 200;  // a message from elsewhere

}  // namespace sockmark::report
