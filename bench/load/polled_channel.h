// A channel and, where the thread waits in the poller, the handle that watches its descriptor. The
// handle dies before the descriptor. One thread.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "bench/loop/loop.h"
#include "transports/transport.h"

namespace sockmark {

class PolledChannel {
 public:
  explicit operator bool() const { return channel_ != nullptr; }
  Channel* operator->() const { return channel_.get(); }

  void open(std::unique_ptr<Channel> channel) {
    close();
    channel_ = std::move(channel);
  }

  // `ready` receives poll(2) events once want() has asked for some. libuv makes the descriptor
  // non-blocking. Must: open.
  void watch(Loop& loop, std::function<void(short events)> ready) {
    poll_.emplace(loop, channel_->descriptor(), std::move(ready));
  }
  [[nodiscard]] bool watched() const { return poll_.has_value(); }
  // No effect if it is not watched.
  void want(short events) {
    if (poll_) poll_->want(events);
  }

  void unwatch() { poll_.reset(); }
  void close() {
    unwatch();
    channel_.reset();
  }

 private:
  std::unique_ptr<Channel> channel_;
  std::optional<Poll> poll_;  // below channel_, so that it dies first
};

}  // namespace sockmark
