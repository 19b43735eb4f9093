// Parses JSON from files and peers. No other code parses JSON.
//
// Beyond the parser it rejects FIFOs and devices, texts, nesting and numbers above the limits,
// duplicate keys (of which the last would win) and numbers that a double cannot hold. The result is
// a bounded tree of valid UTF-8, which json_reader.h turns into structs.
//
// Errors: one printable line, "report.json: line 3, byte 57: duplicate key "sent"". Throws nothing.
// Stateless, any thread.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "reports/json/json_value.h"

namespace sockmark::report {

struct JsonLimits {
  std::size_t bytes = 64U << 20;  // of the whole text; parsed it takes up to 30 times as much
  std::size_t depth = 64;         // objects and lists inside one another
  std::size_t nodes = 1'000'000;  // values of every kind
  std::size_t string_bytes = 64U << 10;  // of one string or key
  std::size_t number_chars = 64;         // as spelled
  bool comments = false;                 // accept // and /* */
};

// The longest histogram_v2 there can be (docs/definitions/histogram.md#parameters): 33 792 counters
// of at most nine bytes behind a header of 40, which deflate cannot make larger than this (zlib.h,
// compressBound), its own header of 8, in base64.
inline constexpr std::size_t kHistogramBytes = 33'792 * 9 + 40;
inline constexpr std::size_t kDeflatedBytes =
    kHistogramBytes + (kHistogramBytes >> 12) + (kHistogramBytes >> 14) + 13 + 8;

// Of 10 000 runs, more than which no plan has (bench/plan/plan.h, check_runs()): some 680 values
// and 40 kB each. One over an impaired path, with its ladders of counts, has up to 1500 and 80 kB.
// The tree takes some 100 bytes a value, a gigabyte at the most, beside the text.
inline constexpr JsonLimits kReportLimits{
    .bytes = 512U << 20, .nodes = 10'000'000, .string_bytes = (kDeflatedBytes + 2) / 3 * 4};

// `name` is the source of the text in errors; if empty, errors begin with the line.
[[nodiscard]] Result<JsonDocument> parse_json(std::string_view text, const JsonLimits& limits = {},
                                              std::string_view name = {});

// The end of "$schema" in the document of a comparison.
inline constexpr std::string_view kComparisonSchema = "comparison-1.schema.json";
// Whether the "$schema" of a document is that of a comparison.
[[nodiscard]] bool is_comparison(JsonValue json);

// Regular files only. A symbolic link is followed. Never blocks on a FIFO.
[[nodiscard]] Result<std::string> load_text_file(const std::string& path, std::size_t limit_bytes);
[[nodiscard]] Result<JsonDocument> load_json_file(const std::string& path,
                                                  const JsonLimits& limits = {});

}  // namespace sockmark::report
