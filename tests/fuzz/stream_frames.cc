// Messages out of a byte stream, however it is cut (transports/sockets/stream_frames.h), compared
// with a parser that sees the whole stream at once.

#include "transports/sockets/stream_frames.h"

#include <sys/socket.h>

#include "base/descriptor.h"
#include "tests/fuzz/fuzz.h"

namespace sockmark::fuzz {
namespace {

struct Parsed {
  std::vector<Bytes> messages;
  std::size_t consumed = 0;  // bytes of whole frames
  bool too_long = false;     // the next frame is longer than a message may be
};

Parsed parse(Bytes stream) {
  Parsed parsed;
  for (;;) {
    const Bytes rest = stream.subspan(parsed.consumed);
    if (rest.size() < kFramePrefix) return parsed;
    std::size_t length = 0;
    for (const std::byte byte : rest.first(kFramePrefix)) {
      length = length * 256 + std::to_integer<std::size_t>(byte);
    }
    parsed.too_long = length > kMaxStreamMessage;
    if (parsed.too_long || rest.size() - kFramePrefix < length) return parsed;
    parsed.messages.push_back(rest.subspan(kFramePrefix, length));
    parsed.consumed += kFramePrefix + length;
  }
}

struct Ends {
  Descriptor ours, theirs;
};

Ends stream_pair() {
  int ends[2];
  require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "there are sockets");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

void put(const Descriptor& to, Bytes bytes) {
  const ssize_t sent = ::send(to.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  require(sent == static_cast<ssize_t>(bytes.size()), "a piece fits into the socket");
}

// Reads what there is, compares it with the next of the messages, and says why it ended.
ReceiveStop read_all(FrameReader& reader, const Descriptor& from, Scratch& scratch,
                     const std::vector<Bytes>& wanted, std::size_t& received) {
  for (;;) {
    const ReceiveBatch batch = reader.receive(from.get(), scratch.buffers(), ReceiveWait::no);
    for (const Received& message : batch.messages) {
      require(received < wanted.size(), "no message but those whose frames are in the stream");
      require(std::ranges::equal(message.bytes, wanted[received]), "a message keeps its bytes");
      require(!message.truncated, "no message of a stream is truncated");
      ++received;
    }
    if (batch.stop != ReceiveStop::more) return batch.stop;
  }
}

// The other direction: the messages in one batch are the frames that they came from.
void check_writer(const Parsed& parsed, Bytes stream, Scratch& scratch) {
  const Ends ends = stream_pair();
  FrameWriter writer;
  const SendBatch batch = writer.send(ends.ours.get(), parsed.messages, scratch.buffers());
  require(batch.taken == parsed.messages.size() && batch.stop == SendStop::all,
          "the socket takes all messages");
  std::vector<std::byte> written(parsed.consumed + 1);
  const ssize_t size = ::recv(ends.theirs.get(), written.data(), written.size(), MSG_DONTWAIT);
  require(std::max<ssize_t>(size, 0) == static_cast<ssize_t>(parsed.consumed),
          "as many bytes are written as the frames have");
  require(std::equal(stream.begin(), stream.begin() + size * (size > 0), written.begin()),
          "what is written are the frames");
}

// A stream that the socket's buffer holds, whatever the cuts.
constexpr std::size_t kMostBytes = 16384;

}  // namespace
}  // namespace sockmark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark;
  using namespace sockmark::fuzz;
  if (size > kMostBytes) return 0;
  Input input(data, size);
  const Stream stream = stream_of(input);
  const Parsed parsed = parse(stream.bytes);

  static Scratch scratch(1024);
  Ends ends = stream_pair();
  FrameReader reader;
  std::size_t received = 0;
  ReceiveStop stop = ReceiveStop::drained;
  for (const Bytes piece : stream.pieces) {
    put(ends.theirs, piece);
    stop = read_all(reader, ends.ours, scratch, parsed.messages, received);
    if (stop != ReceiveStop::drained) break;
  }
  require(received == parsed.messages.size(), "every whole frame gives its message");
  require(stop == (parsed.too_long ? ReceiveStop::broken : ReceiveStop::drained),
          "the stream breaks where a frame is too long, and nowhere else");

  ends.theirs.reset();
  const bool ended_between =
      !parsed.too_long && parsed.consumed == stream.bytes.size() && stop == ReceiveStop::drained;
  require(read_all(reader, ends.ours, scratch, {}, received) ==
              (ended_between ? ReceiveStop::closed : ReceiveStop::broken),
          "an end inside a frame differs from one between frames");
  check_writer(parsed, stream.bytes, scratch);
  return 0;
}
