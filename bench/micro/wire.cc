#include "bench/protocol/wire.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <vector>

#include "base/descriptor.h"
#include "bench/micro/micro.h"
#include "transports/sockets/stream_frames.h"

namespace sockmark::micro {
namespace {

constexpr std::size_t kSizes[] = {64, 1'400, 65'536};

const char* crc32c_by() {
  return has_crc32c_instructions() ? "CRC32C by instruction" : "CRC32C by table";
}

void encode_message(benchmark::State& state, std::size_t size) {
  std::vector<std::byte> message(size, std::byte{0x5A});
  const std::uint32_t payload_crc = crc32c(0, std::span(message).subspan(kHeaderBytes));
  WireHeader header{.flow = 7, .intended_ns = 1, .sent_after_ns = 2, .measured = true};
  for (auto _ : state) {
    encode(header, message, payload_crc);
    benchmark::DoNotOptimize(message.data());
    benchmark::ClobberMemory();
    ++header.seq;
  }
  state.SetLabel(crc32c_by());
  report_messages(state);
}

void decode_message(benchmark::State& state, std::size_t size) {
  std::vector<std::byte> message(size, std::byte{0x5A});
  encode({.flow = 7, .seq = 9, .intended_ns = 1}, message,
         crc32c(0, std::span(message).subspan(kHeaderBytes)));
  WireHeader header;
  for (auto _ : state) {
    benchmark::DoNotOptimize(message.data());
    benchmark::ClobberMemory();
    if (decode(message, header) != Decoded::intact) return state.SkipWithError("not intact");
    benchmark::DoNotOptimize(header);
  }
  state.SetLabel(crc32c_by());
  report_messages(state);
}

// Messages of 64 bytes, as many as fit into 64 KiB with their length prefixes, through one write
// and one read of a socket pair.
void frame(benchmark::State& state) {
  constexpr std::size_t kSize = 64;
  constexpr std::size_t kMessages = 64 * 1024 / (kSize + kFramePrefix);
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return state.SkipWithError("socketpair failed");
  const Descriptor writing(ends[0]), reading(ends[1]);
  Scratch scratch(kSize);
  FrameWriter writer;
  FrameReader reader;
  const std::vector<std::byte> bytes(kSize, std::byte{0x5A});
  const std::vector<Message> messages(kMessages, bytes);
  while (state.KeepRunningBatch(kMessages)) {
    const SendBatch sent = writer.send(writing.get(), messages, scratch.buffers());
    std::size_t received = 0;
    while (received < sent.taken) {
      const ReceiveBatch batch = reader.receive(reading.get(), scratch.buffers(), ReceiveWait::no);
      if (batch.messages.empty()) break;
      received += batch.messages.size();
    }
    if (received != kMessages) return state.SkipWithError("not everything arrived");
  }
  report_messages(state);
}

}  // namespace

std::vector<Row> wire_rows() {
  std::vector<Row> rows;
  for (const std::size_t size : kSizes) {
    const std::string suffix = fmt::format("/{}B", size);
    rows.push_back(
        {"wire/encode" + suffix, [size](benchmark::State& state) { encode_message(state, size); }});
    rows.push_back(
        {"wire/decode" + suffix, [size](benchmark::State& state) { decode_message(state, size); }});
  }
  rows.push_back({"frames/64B", frame});
  return rows;
}

}  // namespace sockmark::micro
