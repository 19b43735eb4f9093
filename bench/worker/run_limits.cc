#include "bench/worker/run_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace sockmark {

namespace {

Error beyond(std::string_view field, const std::string& asked, const std::string& limit) {
  return Error{fmt::format("serve refuses {} {}: at most {}", field, asked, limit)};
}

std::string seconds_text(Nanoseconds time) {
  return fmt::format("{} s", std::chrono::duration<double>(time).count());
}

template <class Number>
Result<Number> number_of(std::string_view name, std::string_view text) {
  Number value{};
  const auto end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || read != end || !(value > 0))
    return Error{fmt::format("limit {}: \"{}\" is no positive number", name, text)};
  return value;
}

}  // namespace

std::string text_of(const RunLimits& limits) {
  std::string text =
      fmt::format("connections={},threads={},message={},duration={}", limits.connections,
                  limits.threads, limits.message_bytes, limits.duration.count());
  if (limits.rate) text += fmt::format(",rate={}", *limits.rate);
  if (limits.bandwidth) text += fmt::format(",bandwidth={}", *limits.bandwidth);
  return text;
}

Result<RunLimits> parse_run_limits(std::string_view text) {
  RunLimits limits;
  std::int64_t duration = 0;
  std::map<std::string_view, std::string_view> items;
  while (!text.empty()) {
    const auto item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const auto equals = item.find('=');
    if (equals == item.npos ||
        !items.emplace(item.substr(0, equals), item.substr(equals + 1)).second)
      return Error{fmt::format("limits: \"{}\"", item)};
  }
  for (const auto& [name, value] : items) {
    if (name == "connections") {
      limits.connections = TRY(number_of<std::uint64_t>(name, value));
    } else if (name == "threads") {
      limits.threads = TRY(number_of<std::uint64_t>(name, value));
    } else if (name == "message") {
      limits.message_bytes = TRY(number_of<std::uint64_t>(name, value));
    } else if (name == "duration") {
      duration = TRY(number_of<std::int64_t>(name, value));
    } else if (name == "rate") {
      limits.rate = TRY(number_of<double>(name, value));
    } else if (name == "bandwidth") {
      limits.bandwidth = TRY(number_of<double>(name, value));
    } else {
      return Error{fmt::format("limits: unknown name \"{}\"", name)};
    }
  }
  if (duration > 0) limits.duration = Nanoseconds(duration);
  return limits;
}

Result<> check_limits(const CaseSpec& spec, const RunLimits& limits) {
  if (spec.connections > limits.connections)
    return beyond("connections", std::to_string(spec.connections),
                  std::to_string(limits.connections));
  if (spec.threads > limits.threads)
    return beyond("threads", std::to_string(spec.threads), std::to_string(limits.threads));
  if (spec.size > limits.message_bytes)
    return beyond("size", fmt::format("{} bytes", spec.size),
                  fmt::format("{} bytes", limits.message_bytes));
  if (spec.returned_size_max() > limits.message_bytes)
    return beyond("response", fmt::format("{} bytes", spec.returned_size_max()),
                  fmt::format("{} bytes", limits.message_bytes));
  // Each part first: their sum has a range.
  const Nanoseconds longest = limits.duration;
  if (spec.duration > longest || spec.warmup > longest || spec.tmax > longest ||
      spec.ramp_time() + spec.warmup + spec.duration + 2 * spec.tmax > longest) {
    return beyond("duration",
                  fmt::format("{} (warm-up {}, Tmax {})", seconds_text(spec.duration),
                              seconds_text(spec.warmup), seconds_text(spec.tmax)),
                  seconds_text(longest) + " together");
  }
  const auto check = [&](const char* field, const char* unit, double bits,
                         const std::optional<double>& limit) -> Result<> {
    if (!limit) return {};
    const std::string most = fmt::format("{}{}", *limit, unit);
    if (!spec.rate) return Error{"serve refuses a run without --rate: at most " + most};
    const double streams = spec.direction == StreamDirection::both ? 2 : 1;
    const double asked = *spec.rate * bits * streams;
    if (asked > *limit) return beyond(field, fmt::format("{}{}", asked, unit), most);
    return {};
  };
  TRY(check("rate", "/s", 1, limits.rate));
  // In the direction with more of it.
  const auto answer = static_cast<double>(spec.response.value_or(0));
  return check("bandwidth", " bit/s", 8 * std::max(spec.mean_size(), answer), limits.bandwidth);
}

Result<std::vector<Address>> served_addresses(std::vector<Address> addresses,
                                              const RunLimits& limits) {
  if (addresses.empty()) return Error{"serve listens at TCP and UDP addresses only"};
  for (Address& address : addresses) {
    if (address.scheme != Address::Scheme::tcp && address.scheme != Address::Scheme::udp)
      return Error{"serve listens at TCP and UDP addresses only"};
    const Address local = limits.one_machine
                              ? local_target(wildcard_of(address.scheme, address.family()))
                              : limits.local;
    if (address.family() != local.family())
      return Error{fmt::format(
          "serve refuses {}: the control connection is from {}; connect to an "
          "{} address of that machine",
          address.text(), host_text(limits.peer), address.family() == AF_INET6 ? "IPv6" : "IPv4")};
    if (is_wildcard(address)) address = with_host_of(address, local);
    if (!same_host(address, local))
      return Error{
          fmt::format("serve refuses {}: it listens at {} only", address.text(), host_text(local))};
  }
  return addresses;
}

}  // namespace sockmark
