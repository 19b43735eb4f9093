#include "transports/sockets/request_stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/assert.h"
#include "transports/sockets/stream_calls.h"

namespace sockmark {

RequestStream::RequestStream(std::shared_ptr<const RequestFormat> format)
    : format_(std::move(format)), scanner_(*format_) {}

SendBatch RequestStream::send(int descriptor, std::span<const Message> messages,
                              Scratch::Buffers& buffers) {
  const std::string& request = format_->request;
  SendBatch batch;
  while (batch.taken < messages.size()) {
    const std::size_t count = std::min(messages.size() - batch.taken, buffers.send_parts.size());
    const auto parts = std::span(buffers.send_parts).first(count);
    std::ranges::fill(parts, iovec{const_cast<char*>(request.data()), request.size()});
    parts.front() = {const_cast<char*>(request.data()) + begun_, request.size() - begun_};
    const ssize_t sent = send_parts(descriptor, parts);
    if (sent < 0) {
      batch.error = errno;
      batch.stop = stop_of_send(batch.error);
      return batch;
    }
    const std::size_t offered = count * request.size() - begun_;
    begun_ += static_cast<std::size_t>(sent);
    for (; begun_ >= request.size() && batch.taken < messages.size(); begun_ -= request.size()) {
      const Message message = messages[batch.taken++];
      DEBUG_ASSERT(message.size() == kRequestMessageBytes);
      std::copy_n(message.begin(), kRequestMessageBytes, waiting_.emplace_back().begin());
    }
    if (static_cast<std::size_t>(sent) < offered) {
      batch.stop = SendStop::would_block;
      return batch;
    }
  }
  return batch;
}

ReceiveBatch RequestStream::receive(int descriptor, Scratch::Buffers& buffers, ReceiveWait wait) {
  buffers.received.clear();
  ReceiveBatch batch;
  if (problem_ == ResponseProblem::none) {
    const auto space = buffers.storage();
    iovec part{space.data(), space.size()};
    const ssize_t size = receive_parts(descriptor, std::span(&part, 1), wait);
    const int error = size < 0 ? errno : 0;
    batch.arrived = now();
    if (size < 0) {
      if (error == EAGAIN) return batch;
      batch.stop = peer_gone(error) ? ReceiveStop::closed : ReceiveStop::failed;
      batch.error = error;
      return batch;
    }
    if (size == 0) {
      if (!scanner_.inside()) {
        batch.stop = ReceiveStop::closed;
        return batch;
      }
      problem_ = ResponseProblem::cut_off;
    } else {
      const auto bytes = space.first(static_cast<std::size_t>(size));
      problem_ = parse(bytes, buffers);
      batch.messages = buffers.received;
      batch.stop = bytes.size() < space.size() ? ReceiveStop::drained : ReceiveStop::more;
    }
  } else {
    batch.arrived = now();
  }
  if (problem_ != ResponseProblem::none) {
    batch.stop = ReceiveStop::broken;
    batch.error = static_cast<int>(problem_);
  }
  return batch;
}

ResponseProblem RequestStream::parse(std::span<const std::byte> bytes, Scratch::Buffers& buffers) {
  answers_.clear();
  answered_.clear();
  ResponseProblem problem = ResponseProblem::none;
  while (!bytes.empty() && problem == ResponseProblem::none) {
    if (waiting_.empty()) {
      problem = ResponseProblem::unasked;
      break;
    }
    bytes = bytes.subspan(scanner_.take(bytes));
    problem = scanner_.problem();
    if (problem == ResponseProblem::none && scanner_.complete()) answer();
  }
  for (const Answer& each : answers_) {
    buffers.received.push_back({.bytes = std::span(answered_).subspan(each.begin, each.size),
                                .truncated = false,
                                .rejected = each.rejected});
  }
  return problem;
}

void RequestStream::answer() {
  const std::size_t begin = answered_.size();
  const bool rejected = !scanner_.is_expected();
  answered_.insert(answered_.end(), waiting_.front().begin(), waiting_.front().end());
  if (rejected) {
    const auto head = std::as_bytes(std::span(scanner_.head()));
    answered_.insert(answered_.end(), head.begin(),
                     head.begin() + static_cast<std::ptrdiff_t>(
                                        std::min(head.size(), ResponseScanner::kShownBytes)));
  }
  waiting_.pop_front();
  answers_.push_back({.begin = begin, .size = answered_.size() - begin, .rejected = rejected});
  scanner_.next();
}

}  // namespace sockmark
