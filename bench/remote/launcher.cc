#include "bench/remote/launcher.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "base/wait.h"
#include "bench/remote/command_words.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// Standard error that is kept, and shown in an error.
constexpr std::size_t kLinesKept = 20, kLinesShown = 3;
constexpr std::size_t kLineColumns = 300;
// For the launcher to exit after its channel has ended, and after it was asked to.
constexpr Nanoseconds kExitStatusTimeout = 1s;
constexpr Nanoseconds kEndTimeout = 5s, kUngreetedTimeout = 200ms, kTerminateTimeout = 1s;

std::string base_name(const std::string& word) { return word.substr(word.rfind('/') + 1); }

}  // namespace

bool is_plain_path(std::string_view program) {
  return !program.empty() && program.find_first_not_of(
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                 "_@%+=:,./-") == std::string_view::npos;
}

std::string numbered(const std::string& role, std::uint64_t number) {
  return number == 0 ? role : role + " " + std::to_string(number);
}

Result<std::unique_ptr<RemoteEnd>> RemoteEnd::launch(
    const LaunchOptions& options, const std::function<void(const std::string&)>& show) {
  const std::string name = numbered(options.role, options.number);
  const auto in_role = [&](Error error) { return std::move(error).in(name); };
  auto words = options.arguments.empty() ? split_words(options.command) : options.arguments;
  if (!words) return in_role(std::move(words).error().in("\"" + options.command + "\""));
  if (options.pushed) {
    words->push_back("sh");
  } else if (options.arguments.empty()) {
    words->insert(words->end(), {options.program, "worker", "--stdio"});
  }
  // Pipes of their own: ssh and mpirun set O_NONBLOCK on what they inherit, which would change the
  // standard error of this process and of its shell.
  auto input = TRY(make_pipe().in(name));
  auto output = TRY(make_pipe().in(name));
  auto errors = TRY(make_pipe().in(name));
  auto process = ChildProcess::spawn(words->front(), *words,
                                     {{input.reading.get(), STDIN_FILENO},
                                      {output.writing.get(), STDOUT_FILENO},
                                      {errors.writing.get(), STDERR_FILENO}});
  if (!process) return in_role(std::move(process).error());
  set_non_blocking(errors.reading.get());
  std::unique_ptr<RemoteEnd> end(
      new RemoteEnd(options, *std::move(process),
                    ControlChannel(std::move(output.reading), std::move(input.writing)),
                    std::move(errors.reading)));
  input.reading.reset();
  output.writing.reset();
  errors.writing.reset();
  const Instant deadline = now() + options.timeout;
  if (options.pushed) TRY(end->push(deadline, show).in(name));
  TRY(end->await_greeting(deadline, show).in(name));
  return end;
}

RemoteEnd::RemoteEnd(LaunchOptions options, ChildProcess process, ControlChannel channel,
                     Descriptor errors)
    : options_(std::move(options)),
      process_(std::move(process)),
      channel_(std::move(channel)),
      errors_(std::move(errors)) {
  channel_.skip_noise();
}

RemoteEnd::~RemoteEnd() {
  pinger_.reset();
  channel_ = ControlChannel(Descriptor());
  // Without a greeting, what was started may not be sockmark, and not end with its input.
  const bool greeted = !hello_.role.empty();
  if (process_->wait(now() + (greeted ? kEndTimeout : kUngreetedTimeout))) return;
  process_->kill(SIGTERM);
  static_cast<void>(process_->wait(now() + kTerminateTimeout));
}

std::string RemoteEnd::name() const {
  return numbered(role(), options_.number) + " on " + report::printable(hello_.host, 64);
}

Result<> RemoteEnd::push(Instant deadline, const std::function<void(const std::string&)>& show) {
  transfer_.emplace(*options_.pushed);
  while (!transfer_->done()) {
    show_errors(show);
    const Instant at = now();
    if (at >= deadline) return no_greeting(late(transfer_->progress()), false);
    std::array<char, 4096> bytes;
    const auto got = ::read(channel_.descriptor(), bytes.data(), bytes.size());
    if (got == 0) return no_greeting("", true);
    if (got > 0) {
      auto heard = transfer_->received({bytes.data(), static_cast<std::size_t>(got)});
      if (!heard) return no_greeting(heard.error().message, false);
    }
    const auto unsent = transfer_->unsent();
    const auto sent = ::write(channel_.output(), unsent.data(), unsent.size());
    if (sent < 0 && errno == EPIPE) return no_greeting("", true);
    if (sent > 0) transfer_->sent(static_cast<std::size_t>(sent));
    if (got > 0 || sent > 0) continue;
    pollfd entries[3] = {{channel_.descriptor(), POLLIN, 0},
                         {unsent.empty() ? -1 : channel_.output(), POLLOUT, 0},
                         {errors_ended_ ? -1 : errors_.get(), POLLIN, 0}};
    static_cast<void>(::poll(entries, 3, poll_timeout(deadline, at)));
  }
  return {};
}

Result<> RemoteEnd::await_greeting(Instant deadline,
                                   const std::function<void(const std::string&)>& show) {
  const auto greeting = TRY(await_frame(deadline, show));
  auto hello = TRY(read_hello(greeting));
  hello_ = std::move(hello);
  if (hello_.on_terminal)
    return Error{fmt::format("\"{}\" gives the far side a terminal (leave out -t)", command())};
  channel_.greeted();
  const auto second = TRY(await_frame(deadline, show));
  auto host = TRY(as_message<HostMessage>(second));
  host_ = std::move(host);
  pinger_ = TRY(Pinger::start(channel_));
  return {};
}

Result<ControlFrame> RemoteEnd::await_frame(Instant deadline,
                                            const std::function<void(const std::string&)>& show) {
  for (;;) {
    auto frame = channel_.poll();
    show_errors(show);
    if (!frame) return no_greeting(frame.error().message, channel_.closed());
    if (*frame) return std::move(**frame);
    const Instant at = now();
    if (at >= deadline) return no_greeting(late("no greeting"), false);
    pollfd entries[2] = {{channel_.descriptor(), POLLIN, 0},
                         {errors_ended_ ? -1 : errors_.get(), POLLIN, 0}};
    static_cast<void>(::poll(entries, 2, poll_timeout(deadline, at)));
  }
}

void RemoteEnd::show_errors(const std::function<void(const std::string&)>& show) {
  read_errors();
  for (; shown_ < dropped_ + lines_.size(); ++shown_) {
    if (shown_ >= dropped_) show(lines_[shown_ - dropped_]);
  }
}

std::string RemoteEnd::late(const std::string& progress) const {
  return fmt::format("{} in {} s", progress,
                     std::chrono::ceil<std::chrono::seconds>(options_.timeout).count());
}

Error RemoteEnd::no_greeting(const std::string& problem, bool ended) {
  std::string text = fmt::format("\"{}\": {}", report::printable(command(), 100), problem);
  if (ended) {
    const auto status = process_->wait(now() + kExitStatusTimeout);
    read_errors();
    const bool sending = transfer_ && transfer_->asked() && !transfer_->done();
    text = fmt::format("\"{}\" {} {}", report::printable(command(), 100),
                       status ? describe(*status) : "closed its standard output",
                       sending ? "while the program was sent" : "before a greeting");
  }
  const std::string words = last_words();
  // This program, which prints what is wrong.
  constexpr std::string_view kOurName = "sockmark: ";
  if (!options_.arguments.empty())
    return Error{words.starts_with(kOurName) ? words.substr(kOurName.size())
                                             : text + (words.empty() ? "" : ": " + words)};
  if (!words.empty()) text += ": " + words;
  return Error{text + hint(ended, words)};
}

// What to do about a greeting that did not come, as far as it can be known.
std::string RemoteEnd::hint(bool ended, const std::string& words) const {
  const bool awaits_shell = transfer_ && !transfer_->asked();
  const std::string noise = report::printable(
      awaits_shell ? transfer_->first_noise() : channel_.first_noise(), kControlNoiseColumns);
  const auto launcher = split_words(command());
  if (launcher && base_name(launcher->front()) == "pdsh")
    return "; pdsh forwards no standard input: give each end a launcher of its own";
  if (!hello_.role.empty() && !noise.empty() && !ended) {
    return fmt::format(
        "; it adds text to the output of sockmark: \"{}\" (use srun without -l, mpirun without "
        "--tag-output)",
        noise);
  }
  if (!noise.empty()) {
    return fmt::format(
        "; its first line was \"{}\"; something prints before or instead of sockmark", noise);
  }
  std::string condition = "requires sh there";
  if (!options_.pushed) {
    condition =
        fmt::format("requires {} there, or --worker-program PATH or push", options_.program);
    if (words.find(options_.program) != std::string::npos) return " (" + condition + ")";
  }
  if (!words.empty() || !ended || (transfer_ && !awaits_shell)) return "";
  return fmt::format(
      " ({}, and a launcher that passes standard input: ssh without -n, podman and kubectl with "
      "-i)",
      condition);
}

bool RemoteEnd::read_errors() {
  while (!errors_ended_) {
    std::array<char, 4096> bytes;
    const auto got = ::read(errors_.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return true;
    errors_ended_ = got <= 0;
    if (errors_ended_) break;
    partial_line_.append(bytes.data(), static_cast<std::size_t>(got));
    for (;;) {
      const auto end = partial_line_.find_first_of("\r\n");
      if (end == std::string::npos && partial_line_.size() <= kLineColumns) break;
      const auto line = report::printable(partial_line_.substr(0, std::min(end, kLineColumns)));
      partial_line_.erase(0, end == std::string::npos ? kLineColumns : end + 1);
      if (!line.empty()) lines_.push_back(line);
    }
    while (lines_.size() > kLinesKept) {
      lines_.pop_front();
      ++dropped_;
    }
  }
  return false;
}

std::string RemoteEnd::last_words() const {
  std::deque<std::string> words;
  const auto add = [&](const std::string& line) {
    // Not the rules that mpirun draws around its errors.
    if (words.size() < kLinesShown && line.find_first_not_of("-=*# ") != std::string::npos)
      words.push_front(line);
  };
  add(report::printable(partial_line_));
  for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) add(*line);
  return fmt::format("{}", fmt::join(words, " / "));
}

std::string RemoteEnd::end_reason(const std::string& problem) {
  const auto status = process_->wait(now() + kExitStatusTimeout);
  read_errors();
  std::string reason = "lost its launcher: " + problem;
  if (status) {
    reason = fmt::format("lost its launcher: \"{}\" {}", report::printable(command(), 100),
                         describe(*status));
  }
  if (const auto words = last_words(); !words.empty()) reason += ": " + words;
  return reason;
}

}  // namespace sockmark
