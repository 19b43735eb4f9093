// The seam between what carries a message and what makes the load.
//
// A transport carries whole messages, in batches, over a non-blocking descriptor that the caller
// polls. Framing, sendmmsg, ancillary data and socket options are a backend's private business;
// libuv, JSON and measuring are not known here. A new transport is one file and one row in
// catalogue.cc; tests/transports/conformance_test.cc runs over the rows.
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

namespace sockmark {

// What a transport guarantees to whoever sends through it. The report and the conformance suite
// read it: loss over a reliable transport is a defect, never a measurement.
struct Promises {
  bool reliable = false;            // every accepted message arrives, or the channel reports closed
  bool ordered = false;             // messages arrive in the order in which they were accepted
  bool message_boundaries = false;  // the kernel keeps messages apart (one datagram = one message)
  bool tells_close = false;  // a receiver learns that its peer has closed (datagrams: it does not)
  bool segments = false;     // SocketOptions::segmentation_offload has an effect
  std::size_t max_message = 0;  // bytes; a larger message is refused, nothing of it is sent
};

// What is asked of a socket. Absent means: leave the kernel's default.
struct SocketOptions {
  std::optional<int> send_buffer_bytes;
  std::optional<int> receive_buffer_bytes;
  bool tcp_nodelay = true;
  // UDP: messages of one size that are sent together cross the kernel as one packet, and are cut
  // apart by the receiver (UDP_SEGMENT and UDP_GRO, udp(7)).
  bool segmentation_offload = false;
};

// What one such packet may carry: UDP_MAX_SEGMENTS of older kernels (newer ones take 128), and the
// payload of an IPv4 packet.
inline constexpr std::size_t kMostSegments = 64;
inline constexpr std::size_t kMostSegmentedBytes = 65507;

// An option as the kernel has it after everything was set (SO_SNDBUF reads back doubled, and
// capped by net.core.wmem_max). Names are the socket API's.
struct EffectiveOption {
  std::string name;
  int value = 0;
};

struct ChannelOptions {
  SocketOptions socket;
  // Tells this run's peers from strangers: a datagram listener accepts only a peer that knows it.
  std::uint64_t token = 0;
  // Of listeners at one address: the kernel shares peers out among them (SO_REUSEPORT). A peer that
  // has reached one goes on reaching that one, as long as none is added and none closed.
  bool share_port = false;
};

using Message = std::span<const std::byte>;

struct Received {
  Message bytes;
  bool truncated = false;  // a datagram longer than the Scratch's slot: the rest is gone
};

// Room for one batch, shared by all channels of one thread, so that a connection costs no buffer.
// Steady state allocates nothing: everything is sized at construction.
class Scratch {
 public:
  // Must: message_size is the largest message that an honest peer sends, in bytes. Of datagrams
  // one receive hands out at most `most_datagrams`: where one is awaited, asking for one only is
  // the cheaper system call.
  explicit Scratch(std::size_t message_size,
                   std::size_t most_datagrams = std::numeric_limits<std::size_t>::max());
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] std::size_t message_size() const { return message_size_; }
  struct Buffers;  // a backend's view of it (transports/scratch.h)
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

// How many messages, from the front, the kernel took whole, and why it stopped there.
//
// A message that went out in part (a byte stream) is not counted as taken; the channel remembers
// how far it came. Must: after would_block the first message of the next send() is the same
// message, byte for byte. So nothing is queued in user memory, the caller sees back-pressure at
// once, and the instant after the call in which a message was taken is its t_sent
// (docs/definitions/latency.md#timestamps).
struct SendBatch {
  std::size_t taken = 0;
  SendStop stop = SendStop::all;
  int error = 0;
};

enum class ReceiveStop {
  more,     // the batch was full: call again before going back to the poller
  drained,  // nothing more was waiting
  closed,   // orderly end of the peer, or a reset; no message follows
  broken,   // the byte stream is not a sequence of frames, or ended inside one
  failed,   // anything else; `error` is the errno
};

// The messages of one receive call. The views stay valid until the next receive() with the same
// Scratch, or until the channel goes away; a send() leaves them alone, so an echo may offer them.
// `messages` may be non-empty whatever `stop` says.
struct ReceiveBatch {
  std::span<const Received> messages;
  // Read once, right after the system call returned (t_recv of
  // docs/definitions/latency.md#timestamps).
  Instant arrived;
  ReceiveStop stop = ReceiveStop::drained;
  int error = 0;
};

// Whether receive() may wait in the kernel. `block` waits until something arrives, but not longer
// than kBlockingReceiveLimit, then answers `drained` with no messages. For a thread that has
// exactly one descriptor to wait for; one system call fewer than polling first.
enum class ReceiveWait { no, block };
inline constexpr Nanoseconds kBlockingReceiveLimit = std::chrono::milliseconds(50);

// The poll(2) events that say "try again". Almost always POLLIN and POLLOUT.
struct Readiness {
  short to_receive = POLLIN;
  short to_send = POLLOUT;
};

enum class Handshake {
  established,
  wants_receive,  // wait for Readiness::to_receive (or 20 ms, then call again: a datagram may be
                  // lost)
  wants_send,     // wait for Readiness::to_send
  wants_retry,    // no descriptor tells when: call again after a millisecond
  failed,         // `handshake_error()` says why
};

// One peer. Destroying it closes it at once; what the kernel had not sent yet may be lost where the
// transport is not reliable, and is still delivered where it is.
class Channel {
 public:
  virtual ~Channel() = default;

  [[nodiscard]] virtual int descriptor() const = 0;  // what the loop polls; owned by the channel
  [[nodiscard]] virtual Readiness readiness() const { return {}; }

  // Moves an outgoing connection towards `established`; a channel from accept() is there already.
  // Never blocks. Must: no send() or receive() before it is established.
  [[nodiscard]] virtual Handshake handshake(Instant now) = 0;
  [[nodiscard]] virtual Error handshake_error() const = 0;

  // Never blocks. Makes as few system calls as the backend can. `scratch` may be used for staging.
  [[nodiscard]] virtual SendBatch send(std::span<const Message> messages, Scratch& scratch) = 0;

  // One system call that moves data; never blocks unless `wait` says so.
  [[nodiscard]] virtual ReceiveBatch receive(Scratch& scratch,
                                             ReceiveWait wait = ReceiveWait::no) = 0;

  // Datagrams that the kernel dropped at this socket because its receive queue was full
  // (SO_MEMINFO, SK_MEMINFO_DROPS). Zero where the transport cannot drop.
  [[nodiscard]] virtual std::uint64_t receive_drops() const = 0;

  [[nodiscard]] virtual std::vector<EffectiveOption> effective_options() const = 0;

  // The next close drops the connection without TIME_WAIT (SO_LINGER 0), so that a connect
  // benchmark does not run out of ports. No effect where there is no such state.
  virtual void abort_on_close() = 0;
};

// Waits for incoming peers.
class Listener {
 public:
  virtual ~Listener() = default;

  [[nodiscard]] virtual int descriptor() const = 0;        // readable when accept() may have a peer
  [[nodiscard]] virtual const Address& local() const = 0;  // the real address: port 0 resolved

  // The next peer, or a null pointer when none is waiting. Never blocks. An error concerns this one
  // peer or the process (EMFILE), not the listener: it stays usable.
  [[nodiscard]] virtual Result<std::unique_ptr<Channel>> accept() = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;

  [[nodiscard]] virtual Promises promises() const = 0;

  // Where a listener goes when the user named no address: loopback with port 0, a socket file in
  // `directory` (which the caller made, mode 0700, and removes), or a name in this process.
  [[nodiscard]] virtual Address default_address(std::string_view directory) const = 0;

  // Errors: one line that names the address ("listen tcp://127.0.0.1:80: Permission denied").
  // A socket file that nobody listens on is replaced if it is ours; anything else is left alone and
  // refused. Destroying the listener removes the socket file that it made.
  [[nodiscard]] virtual Result<std::unique_ptr<Listener>> listen(
      const Address& address, const ChannelOptions& options) const = 0;

  // Starts a connection; drive it with handshake(). Never blocks.
  [[nodiscard]] virtual Result<std::unique_ptr<Channel>> connect(
      const Address& address, const ChannelOptions& options) const = 0;
};

// Drives handshake() to its end with poll(2). Blocks until established, failed or `deadline`.
[[nodiscard]] Result<> establish(Channel& channel, Instant deadline);

}  // namespace sockmark
