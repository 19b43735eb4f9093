#include "bench/plan/background.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/parse.h"
#include "base/text.h"
#include "bench/plan/case_limits.h"
#include "bench/plan/case_spec.h"
#include "transports/address.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

constexpr const char* kNone = "none";
// Large enough that the kernel and not sockmark is busy; a datagram fits an Ethernet frame.
constexpr std::uint64_t kStreamBytes = 64 * 1024, kDatagramBytes = 1400;

Error malformed(std::string_view text) {
  return Error{fmt::format(
      "\"{}\": expected none or stream:TRANSPORT:CONNECTIONS, such as stream:tcp:4, with "
      ":forward, :reverse or :both for one direction only",
      text)};
}

struct Parts {
  BackgroundLoad load;
  bool directed = false;
};

// Fields of "stream:tcp:4:both"; the number and the direction may be left out.
Result<Parts> parse_parts(std::string_view text) {
  std::vector<std::string_view> fields;
  for (std::size_t from = 0; from <= text.size();) {
    const auto to = std::min(text.find(':', from), text.size());
    fields.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  if (fields.size() < 2 || fields.size() > 4) return malformed(text);
  if (lowercase(fields[0]) != "stream") return malformed(text);
  Parts parts{.load = {.transport = lowercase(fields[1]), .connections = 1}};
  if (find_transport(parts.load.transport) == nullptr) {
    std::vector<std::string_view> names;
    for (const auto& row : catalogue()) names.push_back(row.name);
    return unknown_word("transport", fields[1], names);
  }
  std::size_t next = 2;
  if (next < fields.size() && !value_named<StreamDirection>(lowercase(fields[next]))) {
    auto count = parse_count(fields[next], 1, kMaxConnections);
    if (!count) return std::move(count).error().in(fmt::format("\"{}\"", text));
    parts.load.connections = *count;
    ++next;
  }
  if (next == fields.size()) return parts;
  const auto direction = value_named<StreamDirection>(lowercase(fields[next]));
  if (!direction || next + 1 != fields.size()) return malformed(text);
  parts.load.direction = *direction;
  parts.directed = true;
  return parts;
}

bool is_none(std::string_view text) { return lowercase(text) == kNone; }

}  // namespace

std::string text_of(const BackgroundLoad& load) {
  if (load.idle()) return kNone;
  return fmt::format("stream:{}:{}:{}", load.transport, load.connections, name_of(load.direction));
}

Result<BackgroundLoad> parse_background(std::string_view text) {
  if (is_none(text)) return BackgroundLoad{};
  auto parts = TRY(parse_parts(text));
  if (!parts.directed)
    return Error{fmt::format("\"{}\": give a direction: forward, reverse or both", text)};
  return std::move(parts.load);
}

Result<std::string> expand_backgrounds(std::string_view list) {
  std::vector<std::string> loads;
  const auto add = [&](const BackgroundLoad& load) {
    auto text = text_of(load);
    if (std::ranges::count(loads, text) == 0) loads.push_back(std::move(text));
  };
  const auto items = TRY(split_list(list));
  for (const auto& item : items) {
    if (is_none(item)) {
      add({});
      continue;
    }
    auto parts = TRY(parse_parts(item));
    if (parts.directed) {
      add(parts.load);
      continue;
    }
    add({});
    for (const auto direction : values_of<StreamDirection>()) {
      parts.load.direction = direction;
      add(parts.load);
    }
  }
  return fmt::format("{}", fmt::join(loads, ","));
}

CaseSpec background_of(const CaseSpec& probe) {
  const BackgroundLoad& load = *probe.background;
  CaseSpec spec{.transport = load.transport,
                .address = {},
                .resolved_address = {},
                .workload = Workload::stream,
                .direction = load.direction,
                .size = kStreamBytes,
                .rate = {},
                .connections = load.connections,
                .wait = WaitMode::sleep,
                .pin = {},
                .duration = probe.duration,
                .warmup = probe.warmup,
                .tmax = probe.tmax,
                .interval = probe.interval,
                .impair = {},
                .pause = {},
                .socket = {}};
  const CatalogueRow& row = spec.transport_row();
  if (row.get().promises().message_boundaries)
    spec.size = std::min<std::uint64_t>(kDatagramBytes, row.get().promises().max_message);
  // Sockets of one kind have one set of options; others have what places them.
  if (spec.transport == probe.transport) {
    spec.socket = probe.socket;
    spec.socket.segmentation_offload = false;
  }
  if (row.family == "ipv4" || row.family == "ipv6") {
    spec.socket.source = probe.socket.source;
    spec.socket.interface_name = probe.socket.interface_name;
    spec.socket.ports = probe.socket.ports;
  }
  if (probe.address.empty() || row.family == "unix") return spec;
  // At the same host, at a port of its own.
  const Address there = address_of(probe, {});
  if (!is_internet(there)) return spec;
  Address address = row.get().default_address({});
  spec.address = with_host_of(with_port(std::move(address), 0), there).text();
  spec.hosts = probe.hosts;
  return spec;
}

Result<> check_background(const CaseSpec& probe) {
  if (!probe.loaded()) return {};
  const auto refuse = [&](std::string_view why) {
    return Error{fmt::format("--background {}: {}", text_of(*probe.background), why)};
  };
  const CatalogueRow* row = find_transport(probe.background->transport);
  if (row == nullptr) return refuse("unknown transport");
  if (row->family == "memory" || probe.transport_row().family == "memory")
    return refuse("memory has no path that others could fill");
  if (probe.responder.foreign())
    return refuse("requires the responder of sockmark, not --responder " + probe.responder.name);
  if (probe.generators > 1)
    return refuse(
        "there is one generator in the background; remove --generator-via and "
        "--generators");
  const bool names_host = !probe.address.empty() && probe.transport_row().family != "unix";
  if (names_host && row->family != "unix" && row->family != probe.transport_row().family)
    return refuse(fmt::format("{} is not of the family of {}", row->name, probe.address));
  if (names_a_host(probe.address) && probe.resolved_address.empty()) return {};  // checked again
  auto fits = check_limits(background_of(probe));
  return fits ? std::move(fits) : Result<>(refuse(fits.error().message));
}

}  // namespace sockmark
