// The near side of a launcher: starts an agent (agent.h) through a command that runs its arguments
// elsewhere, with standard input and output connected: ssh, ip netns exec, podman exec -i, sudo.
//
// A RemoteEnd lives as long as the plan, and serves one run after the other. It is not tied to a
// loop. It pings the agent from a thread of its own. Threading: one thread at a time.

#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"
#include "bench/protocol/control.h"
#include "bench/protocol/messages.h"
#include "bench/remote/agent_messages.h"
#include "bench/remote/child_process.h"
#include "bench/remote/pinger.h"
#include "bench/remote/push.h"

namespace sockmark {

struct LaunchOptions {
  std::string role;                  // "responder" or "generator"
  std::uint64_t number = 0;          // of several with this role, from 1; 0: the only one
  std::string command;               // "ssh db2"
  std::string program = "sockmark";  // at the far side
  // If set: sent to the far side and started there, instead of `program`.
  std::shared_ptr<const PushedProgram> pushed{};
  // Instead of splitting `command` and adding the program: the arguments, program first. `command`
  // is then only how errors and the report describe it.
  std::vector<std::string> arguments{};
  Nanoseconds timeout = std::chrono::seconds(60);  // until the greeting
};

// "generator 2"; "generator" of the only one.
[[nodiscard]] std::string numbered(const std::string& role, std::uint64_t number);

// Characters that ssh's far shell takes literally. `program` may have no others: words are joined
// and not quoted.
[[nodiscard]] bool is_plain_path(std::string_view program);

class RemoteEnd {
 public:
  // Starts the launcher, pushes the program and waits for the greeting; `show` is called with each
  // line that the launcher writes to its standard error meanwhile. Errors: one line that begins
  // with the role and has the launcher's own words.
  [[nodiscard]] static Result<std::unique_ptr<RemoteEnd>> launch(
      const LaunchOptions& options, const std::function<void(const std::string&)>& show);
  // Closes the channel; a launcher that does not end within seconds is terminated, then killed.
  ~RemoteEnd();
  RemoteEnd(const RemoteEnd&) = delete;
  RemoteEnd& operator=(const RemoteEnd&) = delete;

  [[nodiscard]] const std::string& role() const { return options_.role; }
  // "responder on db2", safe to print.
  [[nodiscard]] std::string name() const;
  [[nodiscard]] const std::string& command() const { return options_.command; }
  [[nodiscard]] const HelloMessage& hello() const { return hello_; }
  [[nodiscard]] const HostMessage& host() const { return host_; }
  [[nodiscard]] ControlChannel& channel() { return channel_; }

  // What the launcher and the far side write to standard error.
  [[nodiscard]] int error_descriptor() const { return errors_.get(); }
  // Reads what has arrived; never blocks. Returns whether more may come.
  bool read_errors();

  // Why the channel ended: how the launcher ended, and its last words. Waits a moment for both.
  // `problem`: the error of the channel.
  [[nodiscard]] std::string end_reason(const std::string& problem);

  // Why no further run can use it; empty if one can.
  [[nodiscard]] const std::string& broken() const { return broken_; }
  void set_broken(std::string reason) { broken_ = std::move(reason); }

 private:
  RemoteEnd(LaunchOptions options, ChildProcess process, ControlChannel channel, Descriptor errors);
  [[nodiscard]] Result<> push(Instant deadline,
                              const std::function<void(const std::string&)>& show);
  [[nodiscard]] Result<> await_greeting(Instant deadline,
                                        const std::function<void(const std::string&)>& show);
  [[nodiscard]] Result<ControlFrame> await_frame(
      Instant deadline, const std::function<void(const std::string&)>& show);
  void show_errors(const std::function<void(const std::string&)>& show);
  [[nodiscard]] std::string late(const std::string& progress) const;
  [[nodiscard]] Error no_greeting(const std::string& problem, bool ended);
  [[nodiscard]] std::string hint(bool ended, const std::string& words) const;
  [[nodiscard]] std::string last_words() const;

  LaunchOptions options_;
  std::optional<ChildProcess> process_;
  ControlChannel channel_;
  std::optional<ProgramTransfer> transfer_;
  Descriptor errors_;
  bool errors_ended_ = false;
  std::string partial_line_;
  std::deque<std::string> lines_;  // the latest of standard error
  std::size_t shown_ = 0;          // lines of all that were passed to `show`
  std::size_t dropped_ = 0;        // lines that are no longer in lines_
  HelloMessage hello_;
  HostMessage host_;
  std::string broken_;
  std::unique_ptr<Pinger> pinger_;  // from the greeting on
};

}  // namespace sockmark
