#include "bench/load/reach.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "bench/protocol/wire.h"

namespace sockmark {

namespace {

using namespace std::chrono_literals;

// Between the beginnings of two attempts (RFC 8305, section 5).
constexpr Nanoseconds kStagger = 250ms;
// A datagram, or its answer, may be lost; a handshake may have to be called again.
constexpr Nanoseconds kProbeInterval = 100ms;
constexpr Nanoseconds kTurn = 10ms;
constexpr std::size_t kQuotedColumns = 48;

// "\"-ERR unknown command\"", without the end of the line.
std::string quoted(std::span<const std::byte> bytes) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  text = text.substr(0, text.find_first_of("\r\n"));
  return fmt::format("\"{}\"", report::printable(text, kQuotedColumns));
}

class Attempt {
 public:
  Attempt(const Transport& transport, const ChannelOptions& options, FlowIds flows,
          const Address& address)
      : address_(&address), peer_(&options.peer) {
    encode({.flow = flows.probe(), .echo = true}, message_, 0);
    auto channel = transport.connect(address, options);
    if (channel) {
      channel_ = std::move(*channel);
    } else {
      failure_ = channel.error().message;
    }
  }

  // Makes progress without blocking. Returns whether the responder has answered.
  bool proceed(Instant at, Scratch& scratch, FlowIds flows) {
    if (!channel_) return false;
    if (!established()) {
      state_ = channel_->handshake(at);
      if (state_ == Handshake::failed) fail(channel_->handshake_error().message);
      if (state_ != Handshake::established) return false;
      channel_->abort_on_close();
    }
    // A stream loses no request, and the answer to a second one would complete the first answer.
    const bool again = !peer_->request && sent_ && at - *sent_ >= kProbeInterval;
    if (!sent_ || again) send(at, scratch);
    return channel_ && receive(scratch, flows);
  }

  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] std::string describe() const {
    if (!failure_.empty()) return failure_;
    if (heard_) return address_->text() + " answers with other bytes than it was sent";
    if (!established()) return address_->text() + " does not answer";
    return address_->text() + " is connected, and " +
           (peer_->request ? "sends no complete response" : "does not answer");
  }
  [[nodiscard]] pollfd entry() const {
    if (!channel_ || state_ == Handshake::wants_retry) return {-1, 0, 0};
    const Readiness readiness = channel_->readiness();
    const bool sends = state_ == Handshake::wants_send;
    return {channel_->descriptor(), sends ? readiness.to_send : readiness.to_receive, 0};
  }

 private:
  [[nodiscard]] bool established() const { return state_ == Handshake::established; }
  void fail(std::string reason) {
    failure_ = std::move(reason);
    channel_.reset();
  }

  void send(Instant at, Scratch& scratch) {
    const Message message(message_);
    const SendBatch batch = channel_->send({&message, 1}, scratch);
    if (batch.taken == 1) {
      sent_ = at;
    } else if (batch.stop == SendStop::closed || batch.stop == SendStop::failed) {
      fail_after(batch.error);
    }
  }

  // The connection ended, with an errno or without.
  void fail_after(int error) {
    std::string reason = "another program answers there";
    if (peer_->foreign) {
      reason = error != 0 ? std::generic_category().message(error)
                          : "the server closed the connection without an answer";
    }
    fail("connect " + address_->text() + ": " + reason);
  }
  void fail_after_break(int problem) {
    if (peer_->request) {
      fail(fmt::format("{}: {}", address_->text(), text_of(static_cast<ResponseProblem>(problem))));
    } else if (peer_->foreign) {
      fail(address_->text() + " sends back other bytes than it was sent: no echo server");
    } else {
      fail_after(0);
    }
  }

  bool receive(Scratch& scratch, FlowIds flows) {
    const ReceiveBatch batch = channel_->receive(scratch);
    bool answered = false;
    for (const auto& received : batch.messages) {
      WireHeader header;
      if (decode(received.bytes, header) == Decoded::intact && header.flow == flows.probe()) {
        answered = true;
        continue;
      }
      heard_ = true;
      if (!received.rejected) continue;
      fail(fmt::format("{} answers {}, and the request file expects {}", address_->text(),
                       quoted(received.bytes.subspan(kHeaderBytes)),
                       quoted(std::as_bytes(std::span(peer_->request->begins)))));
      return false;
    }
    // An answer with bytes behind it that nothing asked for is none: its length is another one.
    if (batch.stop == ReceiveStop::broken) {
      fail_after_break(batch.error);
      return false;
    }
    if (answered) return true;
    if (batch.stop != ReceiveStop::drained && batch.stop != ReceiveStop::more) {
      fail_after(batch.error);
    }
    return false;
  }

  const Address* address_;
  const Peer* peer_;
  std::unique_ptr<Channel> channel_;
  std::array<std::byte, kHeaderBytes> message_{};
  std::optional<Instant> sent_;
  Handshake state_ = Handshake::wants_retry;
  bool heard_ = false;  // something that is no answer
  std::string failure_;
};

Error no_answer(const std::vector<std::unique_ptr<Attempt>>& attempts, const Peer& peer,
                Nanoseconds waited) {
  std::string text;
  for (const auto& attempt : attempts) text += (text.empty() ? "" : "; ") + attempt->describe();
  const bool silent =
      std::ranges::any_of(attempts, [](const auto& attempt) { return attempt->failure().empty(); });
  const auto waited_s = std::chrono::round<std::chrono::seconds>(waited).count();
  if (silent && peer.request) {
    text += fmt::format(" ({} s); check the request file", waited_s);
  } else if (silent && peer.foreign) {
    text += fmt::format(" ({} s); --responder echo requires an echo server", waited_s);
  } else if (silent) {
    text += fmt::format(
        " ({} s); if a firewall drops what is sent there, --data-ports chooses other ports, "
        "--reach-at another address",
        waited_s);
  }
  return Error{std::move(text)};
}

}  // namespace

Result<std::size_t> reach(const Transport& transport, const ChannelOptions& options, FlowIds flows,
                          std::span<const Address> candidates, std::size_t answer_bytes,
                          Instant deadline) {
  Scratch scratch(answer_bytes);
  std::vector<std::unique_ptr<Attempt>> attempts;
  const Instant began = now();
  Instant next = began;
  for (;;) {
    const Instant at = now();
    const bool all_failed = std::ranges::all_of(
        attempts, [](const auto& attempt) { return !attempt->failure().empty(); });
    if (attempts.size() < candidates.size() && (at >= next || all_failed)) {
      attempts.push_back(
          std::make_unique<Attempt>(transport, options, flows, candidates[attempts.size()]));
      next = at + kStagger;
      continue;
    }
    for (std::size_t i = 0; i < attempts.size(); ++i) {
      if (attempts[i]->proceed(at, scratch, flows)) return i;
    }
    if (at >= deadline || (all_failed && attempts.size() == candidates.size()))
      return no_answer(attempts, options.peer, at - began);
    std::vector<pollfd> entries;
    for (const auto& attempt : attempts) entries.push_back(attempt->entry());
    static_cast<void>(::poll(entries.data(), entries.size(), static_cast<int>(kTurn / 1ms)));
  }
}

}  // namespace sockmark
