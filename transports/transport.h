// The interface between transports and the load generator.
//
// A transport carries whole messages, in batches, over a non-blocking descriptor that the caller
// polls. Framing, sendmmsg, ancillary data and socket options are private to a backend; libuv, JSON
// and measuring are not used here. docs/navigating-the-code.md lists what a new transport touches;
// tests/transports/conformance_test.cc runs over every row of catalogue.cc.
//
// Threading: a Transport is immutable and shared. A Listener, a Channel and a Scratch belong to one
// thread at a time. Nothing here blocks unless it says so. No function throws.

#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "transports/address.h"
#include "transports/request_format.h"
#include "transports/socket_options.h"
#include "transports/tcp_info.h"

namespace sockmark {

// What a transport guarantees to its sender. The report and the conformance suite use it: loss over
// a reliable transport is a defect, not a measurement.
struct Promises {
  bool reliable = false;            // every accepted message arrives, or the channel reports closed
  bool ordered = false;             // messages arrive in the order in which they were accepted
  bool message_boundaries = false;  // the kernel keeps messages apart (one datagram = one message)
  bool signals_close = false;   // a receiver learns that its peer has closed (not with datagrams)
  bool segments = false;        // SocketOptions::segmentation_offload has an effect
  std::size_t max_message = 0;  // bytes; a larger message is refused, nothing of it is sent
};

// Limits of one packet with segmentation offload: UDP_MAX_SEGMENTS of older kernels (newer ones
// take 128), and the payload of an IPv4 packet.
inline constexpr std::size_t kSegmentsMax = 64;
inline constexpr std::size_t kSegmentedBytesMax = 65507;

// An option as the kernel reports it after all were set (SO_SNDBUF is doubled, and limited by
// net.core.wmem_max). Names are those of the socket API.
struct EffectiveOption {
  std::string name;
  int value = 0;
  std::string word{};  // of TCP_CONGESTION, which has a name and no number; else empty
};

// A connection of RequestFormat returns the messages of this length that it was given.
inline constexpr std::size_t kRequestMessageBytes = 32;

// What is at the other end of a connecting channel.
struct Peer {
  // Another program, which knows nothing of the handshake of datagrams.
  bool foreign = false;
  // Of a foreign one on a byte stream: it answers requests. Null: it echoes.
  std::shared_ptr<const RequestFormat> request{};
  // Of a foreign one on a byte stream: a longer message breaks the stream. An echo server that lost
  // a byte is noticed by the length that follows, and not awaited for the bytes of a long message.
  std::size_t message_max = std::numeric_limits<std::size_t>::max();
};

struct ChannelOptions {
  SocketOptions socket;
  // Identifies the peers of this run: a datagram listener accepts only a peer that sends it.
  std::uint64_t token = 0;
  // For listeners at one address: the kernel distributes peers among them (SO_REUSEPORT). A peer
  // keeps reaching the same listener as long as none is added or closed.
  bool share_port = false;
  // Of listeners of TCP and UDP: connections of other hosts are closed, their datagrams dropped.
  std::optional<Address> only_from{};
  // Of a connecting UDP socket: the handshake also proves that the socket that the listener created
  // for it answers, whose port a firewall may block. It costs a round trip, and the peer must
  // receive meanwhile. Without it the first message may be lost instead.
  bool confirm = false;
  Peer peer{};  // of a connecting channel
};

using Message = std::span<const std::byte>;

struct Received {
  Message bytes;
  bool truncated = false;  // a datagram longer than the Scratch's slot: the rest is lost
  // A response of which the beginning is not the expected one: the bytes of the message that was
  // sent, followed by the beginning of the response.
  bool rejected = false;
};

// Memory for one batch, shared by all channels of one thread, so that a connection needs no buffer.
// Steady state allocates nothing: everything is sized at construction.
class Scratch {
 public:
  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

  // Must: message_size is the largest message that a peer of the run sends, in bytes. One receive
  // returns at most `datagrams_max` datagrams: if one is expected, a system call for one is
  // cheaper. From a byte stream it reads at most `frames_max` messages, if they have that size.
  explicit Scratch(std::size_t message_size, std::size_t datagrams_max = kNoLimit,
                   std::size_t frames_max = kNoLimit);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] std::size_t message_size() const { return message_size_; }
  struct Buffers;  // the backends' view (transports/scratch.h)
  [[nodiscard]] Buffers& buffers() { return *buffers_; }

 private:
  std::size_t message_size_;
  std::unique_ptr<Buffers> buffers_;
};

enum class SendStop {
  all,          // everything was taken
  would_block,  // the kernel (or the peer's queue) is full: wait for Readiness::to_send, offer
                // again
  too_large,    // the first message not taken exceeds max_message; the channel stays usable
  closed,       // the peer is gone
  failed,       // anything else; `error` is the errno
};

// The number of messages, from the front, that the kernel took whole, and why it stopped.
//
// A message that was sent in part (byte stream) is not counted as taken; the channel remembers its
// position. Must: after would_block the first message of the next send() is the same message, byte
// for byte. So nothing is queued in user memory, the caller sees back-pressure at once, and the
// instant after the call that took a message is its t_sent
// (docs/definitions/latency.md#timestamps).
struct SendBatch {
  std::size_t taken = 0;
  SendStop stop = SendStop::all;
  int error = 0;
  std::uint32_t calls = 0;  // system calls that the kernel took something of
};

enum class ReceiveStop {
  more,     // the batch was full: call again before going back to the poller
  drained,  // nothing more was waiting
  closed,   // the peer closed or reset the connection; no message follows
  broken,   // the byte stream is not a sequence of frames, or ended inside one; of responses
            // `error` is a ResponseProblem
  failed,   // anything else; `error` is the errno
};

// The messages of one receive call. The views stay valid until the next receive() with the same
// Scratch, or until the channel is destroyed; a send() does not change them, so an echo may offer
// them. `messages` may be non-empty for any `stop`.
struct ReceiveBatch {
  std::span<const Received> messages;
  // Read once, right after the system call (t_recv of docs/definitions/latency.md#timestamps).
  Instant arrived;
  ReceiveStop stop = ReceiveStop::drained;
  int error = 0;
};

// Whether receive() may wait in the kernel. `block` waits until something arrives, at most
// kBlockingReceiveLimit, then returns `drained` with no messages. For a thread with exactly one
// descriptor to wait for; one system call fewer than polling first.
enum class ReceiveWait { no, block };
inline constexpr Nanoseconds kBlockingReceiveLimit = std::chrono::milliseconds(50);

// The poll(2) events after which a call may succeed. Almost always POLLIN and POLLOUT.
struct Readiness {
  short to_receive = POLLIN;
  short to_send = POLLOUT;
};

enum class Handshake {
  established,
  wants_receive,  // wait for Readiness::to_receive (or 20 ms, then call again: a datagram may be
                  // lost)
  wants_send,     // wait for Readiness::to_send
  wants_retry,    // no descriptor signals it: call again after a millisecond
  failed,         // the reason is handshake_error()
};

// One connected peer. The destructor closes it at once; data that the kernel has not sent yet is
// still delivered if the transport is reliable, and may be lost otherwise.
class Channel {
 public:
  virtual ~Channel() = default;

  [[nodiscard]] virtual int descriptor() const = 0;  // what the loop polls; owned by the channel
  [[nodiscard]] virtual Readiness readiness() const { return {}; }

  // Moves an outgoing connection towards `established`; a channel from accept() is there already.
  // Never blocks. Must: no send() or receive() before it is established.
  [[nodiscard]] virtual Handshake handshake(Instant now) = 0;
  [[nodiscard]] virtual Error handshake_error() const = 0;

  // Never blocks. Makes as few system calls as the backend can. May use `scratch` for staging.
  [[nodiscard]] virtual SendBatch send(std::span<const Message> messages, Scratch& scratch) = 0;

  // One system call that moves data; blocks only if `wait` is `block`.
  [[nodiscard]] virtual ReceiveBatch receive(Scratch& scratch,
                                             ReceiveWait wait = ReceiveWait::no) = 0;

  // Datagrams that the kernel dropped at this socket because its receive queue was full
  // (SO_MEMINFO, SK_MEMINFO_DROPS). Zero if the transport cannot drop.
  [[nodiscard]] virtual std::uint64_t receive_drops() const = 0;

  // One system call of about 1 us. Absent if this is not TCP, or the kernel is older than 4.10.
  [[nodiscard]] virtual std::optional<TcpInfo> tcp_info() const { return std::nullopt; }

  [[nodiscard]] virtual std::vector<EffectiveOption> effective_options() const = 0;

  // Makes the next close reset the connection without TIME_WAIT (SO_LINGER 0), so that a connect
  // benchmark does not run out of ports. No effect for transports without that state.
  virtual void abort_on_close() = 0;
};

// Waits for incoming peers.
class Listener {
 public:
  virtual ~Listener() = default;

  [[nodiscard]] virtual int descriptor() const = 0;        // readable when accept() may have a peer
  [[nodiscard]] virtual const Address& local() const = 0;  // the real address: port 0 resolved

  // The next peer; null if none is waiting. Never blocks. An error concerns this one peer or the
  // process (EMFILE); the listener stays usable.
  [[nodiscard]] virtual Result<std::unique_ptr<Channel>> accept() = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;

  [[nodiscard]] virtual Promises promises() const = 0;

  // The listener's address if the user gave none: loopback with port 0, a socket file in
  // `directory` (which the caller creates, mode 0700, and removes), or a name in this process.
  [[nodiscard]] virtual Address default_address(std::string_view directory) const = 0;

  // Errors: one line that names the address ("listen tcp://127.0.0.1:80: Permission denied").
  // A socket file of this user without a listener is replaced; any other existing file is kept and
  // is an error. The listener's destructor removes its socket file.
  [[nodiscard]] virtual Result<std::unique_ptr<Listener>> listen(
      const Address& address, const ChannelOptions& options) const = 0;

  // Starts a connection; drive it with handshake(). Never blocks.
  [[nodiscard]] virtual Result<std::unique_ptr<Channel>> connect(
      const Address& address, const ChannelOptions& options) const = 0;
};

// Drives handshake() to its end with poll(2). Blocks until established, failed or `deadline`.
[[nodiscard]] Result<> establish(Channel& channel, Instant deadline);

}  // namespace sockmark
