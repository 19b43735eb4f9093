#include "reports/model/environment_section.h"

#include <sodium/crypto_hash_sha256.h>

#include <array>
#include <map>
#include <string>
#include <type_traits>
#include <variant>

#include "measure/histogram.h"
#include "reports/json/json_writer.h"
#include "reports/model/report_json.h"

namespace sockmark::report {
namespace {

constexpr std::int64_t kReportMajor = 1;

template <class T>
std::string one_line(const T& value) {
  JsonWriter out(JsonWriter::Layout::one_line);
  if constexpr (std::is_same_v<T, std::monostate>) {
    out.null();
  } else {
    write_json(out, value);
  }
  return std::move(out).take();
}

std::string json_text(const EnvironmentItem::Value& value) {
  return std::visit([](const auto& known) { return one_line(known); }, value);
}

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size());
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string result;
  for (const unsigned char byte : digest) {
    result += kDigits[byte >> 4];
    result += kDigits[byte & 0xF];
  }
  return result;
}

}  // namespace

Environment environment_section(std::span<const EnvironmentItem> items) {
  Environment environment;
  const HistogramParameters histogram;
  environment.hard["report_major_version"] = one_line(kReportMajor);
  environment.hard["histogram_parameters"] = one_line(
      std::array{histogram.lowest, histogram.highest, std::int64_t{histogram.significant_digits}});
  for (const EnvironmentItem& item : items) {
    using enum EnvironmentItem::Class;
    auto& section = item.item_class == hard   ? environment.hard
                    : item.item_class == soft ? environment.soft
                                              : environment.information;
    section[item.name] = json_text(item.value);
  }
  const Result<std::string> canonical = canonical_json(one_line(JsonTexts{environment.hard}));
  if (canonical) environment.hash_hard = sha256_hex(*canonical);
  return environment;
}

Process process_section(const Placement& placement) {
  return {.pid = placement.pid,
          .affinity = placement.affinity,
          .scheduler = placement.scheduler,
          .nice = placement.nice};
}

}  // namespace sockmark::report
