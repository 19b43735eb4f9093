#include "reports/views/listen_queue_note.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/printable.h"
#include "reports/format/text_limits.h"
#include "reports/format/units.h"

namespace sockmark::report {
namespace {

// What the listener asks for (transports/sockets/stream_channel.cc); more has no effect.
constexpr std::int64_t kBacklog = 4096;

std::uint64_t overflows_of(const Case& one) {
  std::uint64_t overflows = 0;
  for (const Run& run : one.runs) overflows += run.listen_queue ? run.listen_queue->overflows : 0;
  return overflows;
}

// The limit and how to raise it, in a line of their own.
std::string limit_text(const Report& report) {
  const auto found = report.environment.soft.find("net.core.somaxconn");
  if (found == report.environment.soft.end()) return "";
  const std::string& text = found->second;
  const bool is_number = !text.empty() && text.size() <= 10 &&
                         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number) return "";
  if (std::stoll(text) >= kBacklog) return fmt::format("\n(net.core.somaxconn is {})", text);
  return fmt::format(
      "\n(net.core.somaxconn is {0}; raise it with: sysctl -w net.core.somaxconn={1})", text,
      kBacklog);
}

}  // namespace

std::optional<std::string> listen_queue_note(const Report& report) {
  std::uint64_t overflows = 0;
  std::vector<const Case*> cases;
  for (const Case& one : report.cases) {
    const auto its = overflows_of(one);
    if (its > 0) cases.push_back(&one);
    overflows += its;
  }
  if (cases.empty()) return std::nullopt;
  std::string where = printable(cases.front()->id, kNameColumns);
  if (cases.size() > 1) where += fmt::format(" and {} more", cases.size() - 1);
  return fmt::format(
      "{}: the accept queue of the responder was full {};\n"
      "the kernel drops such connections, and the client tries again after 1 s{}",
      where, overflows == 1 ? "once" : fmt::format("{} times", overflows), limit_text(report));
}

}  // namespace sockmark::report
