#include "bench/plan/dscp.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/parse.h"
#include "base/text.h"

namespace sockmark {

namespace {

struct DscpName {
  std::string_view name;
  int value;
};
// https://www.iana.org/assignments/dscp-registry; BE is a common name of DF.
constexpr auto kNames = std::to_array<DscpName>({
    {"cs0", 0},   {"cs1", 8},   {"cs2", 16},  {"cs3", 24},  {"cs4", 32},
    {"cs5", 40},  {"cs6", 48},  {"cs7", 56},  {"af11", 10}, {"af12", 12},
    {"af13", 14}, {"af21", 18}, {"af22", 20}, {"af23", 22}, {"af31", 26},
    {"af32", 28}, {"af33", 30}, {"af41", 34}, {"af42", 36}, {"af43", 38},
    {"ef", 46},   {"va", 44},   {"le", 1},    {"df", 0},    {"be", 0},
});

}  // namespace

Result<int> parse_dscp(std::string_view text) {
  const std::string name = lowercase(text);
  const auto named = std::ranges::find(kNames, name, &DscpName::name);
  if (named != kNames.end()) return named->value;
  const auto number = parse_count(text, 0, kDscpMax);
  if (number) return static_cast<int>(*number);
  return Error{"\"" + std::string(text) +
               "\": expected a number from 0 to 63 or a name such as EF, AF41, CS1, LE"};
}

}  // namespace sockmark
