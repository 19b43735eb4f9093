// Reading the tables of chart data in tests, and invented cases to draw them from.

#pragma once

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reports/chart_data/chart_data.h"
#include "tests/reports/sample_report.h"

namespace sockmark::report {

// The rows of a table, their cells by the names of columns. Lives no longer than the data.
class Rows {
 public:
  Rows(const ChartData& data, std::string_view table) : table_(data.table(table)) {
    if (table_ == nullptr) throw std::runtime_error("no table " + std::string(table));
  }
  [[nodiscard]] std::size_t size() const { return table_->rows.size(); }
  [[nodiscard]] const std::string& why_empty() const { return table_->why_empty; }

  [[nodiscard]] const ChartCell& cell(std::size_t row, std::string_view column) const {
    for (std::size_t c = 0; c < table_->columns.size(); ++c) {
      if (table_->columns[c].name == column) return table_->rows.at(row).at(c);
    }
    throw std::runtime_error("no column " + std::string(column));
  }
  [[nodiscard]] bool empty(std::size_t row, std::string_view column) const {
    return std::holds_alternative<std::monostate>(cell(row, column));
  }
  // NaN where there is no number.
  [[nodiscard]] double number(std::size_t row, std::string_view column) const {
    const ChartCell& value = cell(row, column);
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    const auto* real = std::get_if<double>(&value);
    return real != nullptr ? *real : std::nan("");
  }
  // Empty where there is no text.
  [[nodiscard]] std::string text(std::size_t row, std::string_view column) const {
    const auto* value = std::get_if<std::string>(&cell(row, column));
    return value != nullptr ? *value : "";
  }
  // The first row with this text in a column; the number of rows where there is none.
  [[nodiscard]] std::size_t where(std::string_view column, std::string_view value) const {
    std::size_t row = 0;
    while (row < size() && text(row, column) != value) ++row;
    return row;
  }
  [[nodiscard]] std::vector<double> numbers(std::string_view column) const {
    std::vector<double> all;
    for (std::size_t row = 0; row < size(); ++row) all.push_back(number(row, column));
    return all;
  }
  [[nodiscard]] std::vector<std::string> texts(std::string_view column) const {
    std::vector<std::string> all;
    for (std::size_t row = 0; row < size(); ++row) all.push_back(text(row, column));
    return all;
  }

 private:
  const ChartTable* table_;
};

// In a closed loop, of 64 bytes, by one connection, as a run without further options has it.
Case chart_case(std::string transport, std::vector<Run> runs = {});

Case at_rate(Case one, double rate);

Report chart_report(std::vector<Case> cases);

// A valid run whose messages took these times, each once.
Run run_of(const std::vector<std::int64_t>& times_ns);

// From `first`, each a nanosecond more than the one before. Up to 2047 a histogram is exact.
Run run_from(std::int64_t first, int messages);

Run invalid_run(std::string reason);

}  // namespace sockmark::report
