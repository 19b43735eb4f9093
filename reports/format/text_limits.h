// The widths, in columns, to which texts of a report are cut (printable.h).

#pragma once

#include <cstddef>

namespace sockmark::report {

inline constexpr std::size_t kWordColumns = 24;  // a transport, a workload
inline constexpr std::size_t kNameColumns = 60;  // the id of a case
inline constexpr std::size_t kTitleColumns = 120;
inline constexpr std::size_t kLineColumns = 400;  // a sentence

}  // namespace sockmark::report
