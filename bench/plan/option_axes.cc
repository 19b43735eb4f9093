#include "bench/plan/option_axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/parse.h"
#include "base/text.h"
#include "bench/plan/dscp.h"
#include "transports/catalogue.h"

namespace sockmark {

namespace {

constexpr std::uint64_t kBufferBytesMax = std::uint64_t{1} << 30;

// --- reading ------------------------------------------------------------------------------------

Result<> read_switch(std::string_view text, std::optional<bool>& value) {
  const std::string word = lowercase(text);
  if (word != "on" && word != "off") return Error{fmt::format("\"{}\": expected on or off", text)};
  value = word == "on";
  return {};
}

Result<> read_buffer(std::string_view text, std::optional<int>& bytes) {
  const auto size = TRY(parse_size(text));
  if (size < 1 || size > kBufferBytesMax)
    return Error{fmt::format("\"{}\": expected 1 to 1024M, or default", text)};
  bytes = static_cast<int>(size);
  return {};
}

Result<> read_number(std::string_view text, std::uint64_t min, std::uint64_t max,
                     std::optional<int>& value) {
  const auto number = TRY(parse_count(text, min, max));
  value = static_cast<int>(number);
  return {};
}
Result<> read_mss(std::string_view text, std::optional<int>& value) {
  return read_number(text, kSegmentBytesLeast, kSegmentBytesMost, value);
}
Result<> read_busy_poll(std::string_view text, std::optional<int>& value) {
  return read_number(text, 0, kBusyPollMaxUs, value);
}

Result<> read_dscp(std::string_view text, std::optional<int>& value) {
  const auto dscp = TRY(parse_dscp(text));
  value = dscp;
  return {};
}

Result<> read_congestion(std::string_view text, std::string& name) {
  const bool is_name = !text.empty() && text.size() <= kCongestionNameMax &&
                       std::ranges::all_of(text, [](unsigned char c) {
                         return std::isalnum(c) != 0 || c == '_' || c == '-';
                       });
  if (!is_name) {
    return Error{
        fmt::format("\"{}\": the name of a congestion control has 1 to {} letters, digits, - and "
                    "_, such as bbr",
                    text, kCongestionNameMax)};
  }
  name = text;
  return {};
}

Result<> read_batch(std::string_view text, std::optional<std::uint64_t>& messages) {
  if (lowercase(text) == "max") {
    messages.reset();
    return {};
  }
  const auto count = parse_count(text, 1, kMaxBatch);
  if (!count)
    return Error{fmt::format("{}, or max for as many as a call may carry", count.error().message)};
  messages = *count;
  return {};
}

Result<> read_background(std::string_view text, std::optional<BackgroundLoad>& load) {
  load.reset();
  if (lowercase(text) == "default") return {};
  auto parsed = TRY(parse_background(text));
  load = std::move(parsed);
  return {};
}

// --- as text ------------------------------------------------------------------------------------

std::string text_of(const std::optional<bool>& value) {
  return !value ? "" : *value ? "on" : "off";
}
template <class Number>
std::string text_of(const std::optional<Number>& value) {
  return value ? fmt::format("{}", *value) : "";
}

bool is_default(std::string_view text) { return lowercase(text) == "default"; }

// The reader and the text of a member that is optional.
template <auto Member, auto Read>
Result<> set_socket(std::string_view text, CaseSpec& spec) {
  auto& value = spec.socket.*Member;
  if (!is_default(text)) return Read(text, value);
  value = std::remove_reference_t<decltype(value)>();
  return {};
}
template <auto Member>
std::string socket_text(const CaseSpec& spec) {
  return text_of(spec.socket.*Member);
}

using Socket = SocketOptions;
constexpr OptionAxis kAxes[] = {
    {"nodelay", set_socket<&Socket::tcp_nodelay, read_switch>, socket_text<&Socket::tcp_nodelay>,
     "on"},
    {"congestion", set_socket<&Socket::congestion, read_congestion>,
     [](const CaseSpec& spec) { return spec.socket.congestion; }},
    {"sndbuf", set_socket<&Socket::send_buffer_bytes, read_buffer>,
     socket_text<&Socket::send_buffer_bytes>},
    {"rcvbuf", set_socket<&Socket::receive_buffer_bytes, read_buffer>,
     socket_text<&Socket::receive_buffer_bytes>},
    {"quickack", set_socket<&Socket::quick_ack, read_switch>, socket_text<&Socket::quick_ack>},
    {"mss", set_socket<&Socket::segment_bytes_max, read_mss>,
     socket_text<&Socket::segment_bytes_max>},
    {"busy-poll", set_socket<&Socket::busy_poll_us, read_busy_poll>,
     socket_text<&Socket::busy_poll_us>},
    {"dscp", set_socket<&Socket::dscp, read_dscp>, socket_text<&Socket::dscp>},
    {"batch",
     [](std::string_view text, CaseSpec& spec) {
       return read_batch(is_default(text) ? "max" : text, spec.batch);
     },
     [](const CaseSpec& spec) { return text_of(spec.batch); }},
    {"background",
     [](std::string_view text, CaseSpec& spec) { return read_background(text, spec.background); },
     [](const CaseSpec& spec) {
       return spec.background ? sockmark::text_of(*spec.background) : std::string();
     },
     "none"},
};

}  // namespace

std::span<const OptionAxis> option_axes() { return kAxes; }

const OptionAxis* find_option_axis(std::string_view name) {
  const auto* const found =
      std::ranges::find_if(kAxes, [&](const OptionAxis& axis) { return name == axis.name; });
  return found == std::ranges::end(kAxes) ? nullptr : found;
}

Result<> read_option_axis(std::string_view name, std::string_view text, PlanOptions& options) {
  const OptionAxis& axis = *find_option_axis(name);
  std::vector<std::string> values;
  const auto items = TRY(split_list(text));
  for (const auto& item : items) {
    CaseSpec scratch;
    TRY(axis.set(item, scratch));
    const std::string value = axis.text(scratch);
    values.push_back(value.empty() ? "default" : value);
  }
  options.axes[std::string(name)] = std::move(values);
  return {};
}

std::string option_parts(const CaseSpec& spec) {
  std::string parts;
  for (const auto& axis : kAxes) {
    const std::string value = axis.text(spec);
    if (value.empty() || value == axis.ordinary) continue;
    const bool number = std::isdigit(static_cast<unsigned char>(value.front())) != 0;
    parts += fmt::format("/{}{}{}", axis.name, number ? "" : "-", value);
  }
  return parts;
}

Result<> check_transport_has_options(const CaseSpec& spec) {
  const auto& row = spec.transport_row();
  const bool memory = row.family == "memory", ip = row.family == "ipv4" || row.family == "ipv6";
  if (memory && (spec.socket.send_buffer_bytes || spec.socket.receive_buffer_bytes)) {
    return Error{fmt::format("--{}: memory has no socket buffers",
                             spec.socket.send_buffer_bytes ? "sndbuf" : "rcvbuf")};
  }
  if (memory && spec.batch) return Error{"--batch: memory makes no system calls"};
  if (!ip) return refuse_ip_options(spec.socket);
  return row.get().promises().message_boundaries ? refuse_tcp_options(spec.socket) : Result<>();
}

Result<> check_option_values(const CaseSpec& spec) {
  for (const auto& axis : kAxes) {
    const std::string value = axis.text(spec);
    if (value.empty()) continue;
    CaseSpec scratch;
    if (auto fits = axis.set(value, scratch); !fits)
      return std::move(fits).error().in(fmt::format("--{}", axis.name));
  }
  return {};
}

}  // namespace sockmark
