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

// Empty for texts that are not JSON.
std::string hash_of(const std::map<std::string, std::string>& hard) {
  const Result<std::string> canonical = canonical_json(one_line(JsonTexts{hard}));
  return canonical ? sha256_hex(*canonical) : std::string();
}

bool is_of_interface(const std::string& item) { return item.starts_with("interface"); }

std::string interface_of(const Environment& environment) {
  const auto found = environment.hard.find("interface");
  return found == environment.hard.end() ? std::string() : found->second;
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
  environment.hash_hard = hash_of(environment.hard);
  return environment;
}

std::optional<HardDifference> find_hard_difference(const Environment& before,
                                                   const Environment& now) {
  struct Values {
    std::string before = "unknown", now = "unknown";
  };
  std::map<std::string, Values> items;
  for (const auto& [item, value] : before.hard) items[item].before = value;
  for (const auto& [item, value] : now.hard) items[item].now = value;
  const bool same_interface = interface_of(before) == interface_of(now);
  for (const auto& [item, values] : items) {
    const bool counts = same_interface || !is_of_interface(item);
    if (counts && values.before != values.now)
      return HardDifference{.item = item, .before = values.before, .now = values.now};
  }
  return std::nullopt;
}

void describe_interface(const Environment& of, Environment& in) {
  for (auto section : {&Environment::hard, &Environment::soft, &Environment::information}) {
    std::erase_if(in.*section, [](const auto& item) { return is_of_interface(item.first); });
    for (const auto& item : of.*section) {
      if (is_of_interface(item.first)) (in.*section).insert(item);
    }
  }
  in.hash_hard = hash_of(in.hard);
}

Process process_section(const Placement& placement) {
  return {.pid = placement.pid,
          .affinity = placement.affinity,
          .scheduler = placement.scheduler,
          .nice = placement.nice};
}

}  // namespace sockmark::report
