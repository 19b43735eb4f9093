#include "bench/remote/pinger.h"

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <stop_token>
#include <system_error>
#include <utility>

#include "bench/remote/agent_messages.h"

namespace sockmark {

namespace {

void ping_until(const std::stop_token& over, ControlChannel& channel) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  const std::string body = body_of(PingMessage{});
  while (!never.wait_for(lock, over, kPingInterval, [&over] { return over.stop_requested(); })) {
    // A channel that takes nothing has bytes on their way. An end of it shows elsewhere.
    static_cast<void>(channel.offer(PingMessage::kType, body));
  }
}

}  // namespace

Result<std::unique_ptr<Pinger>> Pinger::start(ControlChannel& channel) {
  auto pinger = std::make_unique<Pinger>();
  // Signals are for the main thread.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  int problem = 0;
  try {
    pinger->thread_ =
        std::jthread([&channel](const std::stop_token& over) { ping_until(over, channel); });
  } catch (const std::system_error& error) {
    problem = error.code().value();
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (problem != 0) return system_error("start a thread", problem);
  return pinger;
}

}  // namespace sockmark
