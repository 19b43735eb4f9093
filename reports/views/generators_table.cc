#include "reports/views/generators_table.h"

#include <algorithm>
#include <functional>
#include <set>
#include <span>
#include <utility>

#include "base/printable.h"
#include "reports/format/units.h"
#include "stats/moments.h"

namespace sockmark::report {

namespace {

constexpr std::size_t kHostColumns = 40, kIdColumns = 120;

// "21.3 µs"; "-" without a value.
std::string median(std::vector<double> values, std::span<const Unit> units) {
  if (values.empty()) return "-";
  std::ranges::sort(values);
  const double middle = median_of_sorted(values);
  const Unit unit = unit_for(middle, units);
  return with_unit(middle, unit, decimals_for(middle / unit.size));
}

// Of one generator, in all runs that count.
class Parts {
 public:
  Parts(const Case& one, std::uint64_t number) {
    const bool any_valid = std::ranges::any_of(one.runs, &Run::valid);
    for (const Run& run : one.runs) {
      if (!run.generators) continue;
      for (const GeneratorPart& part : run.generators->parts) {
        if (part.number != number) continue;
        host_ = part.host;
        invalid_ += !part.valid;
        if (run.valid || !any_valid) parts_.push_back(&part);
      }
    }
  }

  [[nodiscard]] std::string text(
      std::span<const Unit> units,
      const std::function<Maybe<double>(const GeneratorPart&)>& value_of) const {
    std::vector<double> values;
    for (const GeneratorPart* part : parts_) {
      if (const auto value = value_of(*part)) values.push_back(*value);
    }
    return median(std::move(values), units);
  }
  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] std::size_t invalid() const { return invalid_; }

 private:
  std::string host_;
  std::size_t invalid_ = 0;
  std::vector<const GeneratorPart*> parts_;
};

Maybe<double> number(const auto& value) {
  return value ? Maybe<double>(static_cast<double>(*value)) : Maybe<double>::none(value.reason());
}

GeneratorRow row_of(const Case& one, std::uint64_t number_of_it) {
  const Parts parts(one, number_of_it);
  const auto lag_of = [](const GeneratorPart& part) {
    return part.generator && part.generator->lag ? number(part.generator->lag->p99_ns)
                                                 : Maybe<double>::none("closed_loop");
  };
  return {
      .id = printable(one.id, kIdColumns),
      .cells = {std::to_string(number_of_it), printable(parts.host(), kHostColumns),
                parts.invalid() > 0 ? counted(parts.invalid(), "run") : "-",
                parts.text(kCount, [](const auto& part) { return number(part.sent); }),
                parts.text(kTime,
                           [](const GeneratorPart& part) {
                             return part.response_time ? number(part.response_time->p50_ns)
                                                       : Maybe<double>();
                           }),
                parts.text(kTime, lag_of),
                parts.text(kTime,
                           [](const GeneratorPart& part) {
                             return part.resources
                                        ? Maybe<double>(static_cast<double>(part.resources->cpu_ns))
                                        : Maybe<double>();
                           }),
                parts.text(kTime, [](const auto& part) { return number(part.began_late_ns); }),
                parts.text(kTime, [](const GeneratorPart& part) {
                  return part.clock ? number(part.clock->bound_ns) : Maybe<double>();
                })}};
}

}  // namespace

GeneratorRows generator_rows(const Report& report) {
  GeneratorRows table{.headers = {"generator", "machine", "invalid", "sent", "p50", "lag p99",
                                  "CPU time", "began after", "clock bound"},
                      .rows = {}};
  for (const Case& one : report.cases) {
    std::set<std::uint64_t> numbers;
    for (const Run& run : one.runs) {
      if (!run.generators) continue;
      for (const GeneratorPart& part : run.generators->parts) numbers.insert(part.number);
    }
    for (const auto number : numbers) table.rows.push_back(row_of(one, number));
  }
  return table;
}

}  // namespace sockmark::report
