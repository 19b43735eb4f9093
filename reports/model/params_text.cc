#include "reports/model/params_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <system_error>

#include "base/printable.h"
#include "reports/format/units.h"

namespace sockmark::report {
namespace {

constexpr std::size_t kWordColumns = 40;

}  // namespace

const std::string& name_of(const Params& params) {
  return params.address && !params.address->empty() ? *params.address : params.transport;
}

bool is_saturating(const Params& params) {
  return params.workload == "stream" && !params.rate_per_s;
}

std::string pace_text(const Params& params) {
  if (!params.rate_per_s) return is_saturating(params) ? "saturating" : "closed loop";
  return rate_text(*params.rate_per_s);
}

std::string sizes_text(const Params& params) {
  if (params.size_mix) return printable(*params.size_mix, kWordColumns);
  return params.size_bytes ? size_text(*params.size_bytes) : "-";
}

std::optional<std::string> response_text(const Params& params) {
  if (!params.response_size_bytes) return std::nullopt;
  return size_text(*params.response_size_bytes);
}

std::string time_text(std::int64_t ns) {
  const Unit unit = unit_for(static_cast<double>(ns), kTime);
  return fmt::format("{:.4g} {}", static_cast<double>(ns) / unit.size, unit.name);
}

std::optional<std::string> faults_text(const Params& params) {
  if (!params.impair) return std::nullopt;
  return printable(*params.impair, kWordColumns);
}

std::optional<std::string> foreign_text(const Params& params) {
  if (!has_foreign_responder(params)) return std::nullopt;
  return printable(*params.responder, kWordColumns);
}

std::optional<std::string> pause_text(const Params& params) {
  if (!params.server_pause) return std::nullopt;
  return fmt::format("pauses of {} every {}", time_text(params.server_pause->for_ns),
                     time_text(params.server_pause->every_ns));
}

std::optional<std::string> work_text(const Params& params) {
  if (!params.server_work_ns) return std::nullopt;
  return time_text(*params.server_work_ns) + " of work";
}

std::optional<std::string> offload_text(const Params& params) {
  const auto found = params.socket_options.find("UDP_GRO");
  if (found == params.socket_options.end() || found->second == NumberOrWord(0)) return std::nullopt;
  return "segmentation offload";
}

std::string value_text(const NumberOrWord& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  return number != nullptr ? std::to_string(*number) : std::get<std::string>(value);
}

std::string requested_text(const Params& params, std::string_view option) {
  const auto found = params.requested_options.find(std::string(option));
  if (found != params.requested_options.end()) return found->second;
  if (option == "background") return "none";
  return option == "nodelay" ? "on" : option == "batch" ? "max" : "default";
}

std::string option_text(const Params& params, std::string_view option) {
  const std::string text = requested_text(params, option);
  const bool is_size = option == "sndbuf" || option == "rcvbuf";
  std::uint64_t bytes = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (is_size && problem == std::errc() && end == text.data() + text.size())
    return size_text(bytes);
  return printable(text, kWordColumns);
}

bool is_requested(const Params& params, std::string_view option) {
  return params.requested_options.contains(std::string(option));
}

namespace {
constexpr std::string_view kLoad = "background";
}  // namespace

bool has_load(const Params& params) { return requested_text(params, kLoad) != "none"; }

std::string load_text(const Params& params) {
  if (!has_load(params)) return "idle";
  // "stream:tcp:4:forward"
  const std::string text = requested_text(params, kLoad);
  const auto transport = text.find(':'), count = text.find(':', transport + 1),
             direction = text.rfind(':');
  if (transport == text.npos || count == text.npos || direction <= count)
    return printable(text, kWordColumns);
  return printable(
      fmt::format("{} × {}, {}", text.substr(count + 1, direction - count - 1),
                  text.substr(transport + 1, count - transport - 1), text.substr(direction + 1)),
      kWordColumns);
}

std::size_t load_phase(const Params& params) {
  if (!has_load(params)) return 0;
  constexpr std::string_view kDirections[] = {"forward", "reverse", "both"};
  const std::string text = requested_text(params, kLoad);
  const auto* const found =
      std::ranges::find(kDirections, std::string_view(text).substr(text.rfind(':') + 1));
  return 1 + static_cast<std::size_t>(found - std::begin(kDirections));
}

}  // namespace sockmark::report
