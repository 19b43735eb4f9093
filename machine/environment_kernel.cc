// The items of environment.h that come from the running kernel and not from a file.

#include <net/if.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/netlink.h"
#include "machine/environment.h"

namespace sockmark {
namespace {

using Value = EnvironmentItem::Value;

// One answer packet of an RTM_GETQDISC dump. False at the end of the dump.
bool collect_qdiscs(std::string_view packet, int index, std::set<std::string>& kinds) {
  while (const auto message = NetlinkMessage::first_of(packet)) {
    packet.remove_prefix(message->whole);
    const auto type = message->header.nlmsg_type;
    if (type == NLMSG_DONE || type == NLMSG_ERROR) return false;
    std::string_view content = message->content;
    tcmsg body{};
    if (type != RTM_NEWQDISC || content.size() < sizeof body) continue;
    std::memcpy(&body, content.data(), sizeof body);
    content.remove_prefix(sizeof body);
    if (body.tcm_ifindex != index) continue;
    while (const auto attribute = NetlinkAttribute::first_of(content)) {
      content.remove_prefix(attribute->whole);
      if (attribute->header.rta_type != TCA_KIND) continue;
      kinds.emplace(attribute->content.substr(0, attribute->content.find('\0')));
    }
  }
  return true;
}

Value qdiscs(const std::string& interface) {
  const auto index = static_cast<int>(::if_nametoindex(interface.c_str()));
  const Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (index == 0 || !socket) return {};
  struct {
    nlmsghdr header;
    tcmsg body;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_GETQDISC;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.tcm_ifindex = index;
  // The kernel answers within send(), so the answer is there already.
  if (::send(socket.get(), &request, sizeof request, 0) < 0) return {};
  std::set<std::string> kinds;
  std::array<char, 32768> answer;
  while (true) {
    const ssize_t length = ::recv(socket.get(), answer.data(), answer.size(), MSG_DONTWAIT);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) break;
    const std::string_view packet(answer.data(), static_cast<std::size_t>(length));
    if (!collect_qdiscs(packet, index, kinds)) break;
  }
  if (kinds.empty()) return {};
  if (kinds.size() == 1) return *kinds.begin();
  return std::vector<std::string>(kinds.begin(), kinds.end());
}

// Back-to-back reads, sorted (docs/definitions/environment.md#clock-reads-and-steal).
std::vector<std::int64_t> clock_differences() {
  constexpr std::size_t kReads = 10'000;
  std::vector<std::int64_t> differences(kReads);
  Instant previous = now();
  for (std::int64_t& difference : differences) {
    const Instant current = now();
    difference = ns(current - previous);
    previous = current;
  }
  std::ranges::sort(differences);
  return differences;
}

}  // namespace

std::vector<EnvironmentItem> environment_from_kernel(const std::string& interface) {
  using enum EnvironmentItem::Class;
  const std::vector<std::int64_t> differences = clock_differences();
  // The smallest step is the observable resolution of the clock.
  const auto step = std::ranges::upper_bound(differences, 0);
  return {{"interface_qdiscs", hard, qdiscs(interface)},
          {"clock_read_ns", information, differences[(differences.size() + 1) / 2 - 1]},
          {"clock_step_ns", information, step == differences.end() ? Value() : Value(*step)}};
}

Placement read_placement() {
  Placement placement;
  placement.pid = ::getpid();
  constexpr std::size_t kCpusMax = 65536;
  const std::size_t bytes = CPU_ALLOC_SIZE(kCpusMax);
  std::vector<unsigned long> mask(bytes / sizeof(unsigned long));
  auto* set = reinterpret_cast<cpu_set_t*>(mask.data());
  if (::sched_getaffinity(0, bytes, set) == 0) {
    for (std::size_t cpu = 0; cpu < kCpusMax; ++cpu) {
      if (CPU_ISSET_S(cpu, bytes, set)) placement.affinity.push_back(static_cast<int>(cpu));
    }
  }
  constexpr std::pair<int, const char*> kPolicies[] = {{SCHED_OTHER, "SCHED_OTHER"},
                                                       {SCHED_FIFO, "SCHED_FIFO"},
                                                       {SCHED_RR, "SCHED_RR"},
                                                       {SCHED_BATCH, "SCHED_BATCH"},
                                                       {SCHED_IDLE, "SCHED_IDLE"}};
  const int policy = ::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
  placement.scheduler = std::to_string(policy);
  for (const auto& [number, name] : kPolicies) {
    if (policy == number) placement.scheduler = name;
  }
  placement.nice = ::getpriority(PRIO_PROCESS, 0);
  return placement;
}

}  // namespace sockmark
