// What both ends of a run do about its window and its end. Internal to the worker.
//
// Threading: the main thread of the worker.

#pragma once

#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/plan/plan.h"
#include "bench/worker/control_messages.h"

namespace sockmark {

struct Window {
  Instant t0, t1;
  // t1, or earlier if the run was interrupted, or if all messages of a number were sent.
  Instant end = t1;
};

// Errors: the window is not as long as the case says.
[[nodiscard]] Result<Window> window_of(const StartMessage& start, const CaseSpec& spec);

// Ends the window as a stop message says. Errors: it is none, or not within the window.
[[nodiscard]] Result<> shorten(Window& window, const ControlFrame& frame);

// The time for what is in flight after the end of the window.
[[nodiscard]] Nanoseconds drain_of(const CaseSpec& spec, const Window& window);

// Removes the directory. The runner is gone: no process will read a result or remove socket files.
[[noreturn]] void exit_at_once(const std::string& directory);

// The loopback address of a family.
[[nodiscard]] const char* loopback_host(int family);

// Starts a thread. Errors: the system has none left (a limit of processes).
template <class Body>
Result<> start_thread(std::vector<std::jthread>& threads, Body body) {
  try {
    threads.emplace_back(std::move(body));
  } catch (const std::system_error& error) {
    return system_error("start a thread", error.code().value());
  }
  return {};
}

}  // namespace sockmark
