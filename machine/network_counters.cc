#include "machine/network_counters.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace sockmark {
namespace {

using Words = std::vector<std::string_view>;

std::optional<std::uint64_t> count_in(std::string_view text) {
  const auto value = to_integer(text);
  if (!value || *value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

// The counters of one protocol in netstat or snmp: a line of names, and one of their values in the
// same order.
class Counters {
 public:
  static std::optional<Counters> of(std::string_view text, std::string_view prefix) {
    std::vector<Words> rows;
    for (const std::string_view line : split(text, "\n")) {
      Words words = split(line, " ");
      if (!words.empty() && words.front() == prefix) rows.push_back(std::move(words));
    }
    if (rows.size() != 2 || rows[0].size() != rows[1].size()) return std::nullopt;
    return Counters(std::move(rows[0]), std::move(rows[1]));
  }

  // Adds the counter to `sum`. False if it is no count.
  [[nodiscard]] bool add(std::string_view name, std::uint64_t& sum) const {
    const auto found = std::ranges::find(names_, name);
    if (found == names_.end()) return true;
    const auto value = count_in(values_[static_cast<std::size_t>(found - names_.begin())]);
    sum += value.value_or(0);
    return value.has_value();
  }

 private:
  Counters(Words names, Words values) : names_(std::move(names)), values_(std::move(values)) {}
  Words names_, values_;
};

// snmp6 has one counter a line: "Udp6NoPorts    0".
bool add_from_lines(std::string_view text, std::string_view name, std::uint64_t& sum) {
  for (const std::string_view line : split(text, "\n")) {
    const Words words = split(line, " \t");
    if (words.size() != 2 || words[0] != name) continue;
    const auto value = count_in(words[1]);
    sum += value.value_or(0);
    return value.has_value();
  }
  return true;
}

}  // namespace

std::optional<NetworkCounters> read_network_counters(const MachineFiles& files) {
  const auto netstat = files.read("/proc/self/net/netstat");
  const auto snmp = files.read("/proc/self/net/snmp");
  if (!netstat || !snmp) return std::nullopt;
  const auto extended = Counters::of(*netstat, "TcpExt:");
  const auto tcp = Counters::of(*snmp, "Tcp:"), udp = Counters::of(*snmp, "Udp:");
  if (!extended || !tcp || !udp) return std::nullopt;
  NetworkCounters result;
  const bool read = tcp->add("OutSegs", result.tcp_segments_sent) &&
                    tcp->add("RetransSegs", result.tcp_segments_retransmitted) &&
                    extended->add("TCPTimeouts", result.tcp_timeouts) &&
                    extended->add("TCPSynRetrans", result.tcp_syn_retransmits) &&
                    extended->add("TCPBacklogDrop", result.tcp_backlog_drops) &&
                    extended->add("TCPRcvQDrop", result.tcp_receive_queue_drops) &&
                    extended->add("ListenOverflows", result.listen_overflows) &&
                    extended->add("ListenDrops", result.listen_drops) &&
                    udp->add("RcvbufErrors", result.udp_receive_buffer_errors) &&
                    udp->add("SndbufErrors", result.udp_send_buffer_errors) &&
                    udp->add("NoPorts", result.udp_no_port);
  if (!read) return std::nullopt;
  if (const auto snmp6 = files.read("/proc/self/net/snmp6")) {
    if (!add_from_lines(*snmp6, "Udp6RcvbufErrors", result.udp_receive_buffer_errors) ||
        !add_from_lines(*snmp6, "Udp6SndbufErrors", result.udp_send_buffer_errors) ||
        !add_from_lines(*snmp6, "Udp6NoPorts", result.udp_no_port))
      return std::nullopt;
  }
  return result;
}

}  // namespace sockmark
