// Requests of a RequestFormat over a byte stream, in place of messages: for each message that is
// sent, the request goes to the server, and when the response to it is complete, the message comes
// back as if the server had echoed it. So latency, schedules and counts are those of any other
// round trip, and only this class knows of the protocol.
//
// The messages themselves are not sent. Responses belong to requests in their order, as a server
// has to answer on a connection.

#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "transports/request_format.h"
#include "transports/scratch.h"
#include "transports/transport.h"

namespace sockmark {

class RequestStream {
 public:
  explicit RequestStream(std::shared_ptr<const RequestFormat> format);

  // Must: each message has kRequestMessageBytes.
  [[nodiscard]] SendBatch send(int descriptor, std::span<const Message> messages,
                               Scratch::Buffers& buffers);
  // A response that does not begin as it should is returned as Received::rejected.
  [[nodiscard]] ReceiveBatch receive(int descriptor, Scratch::Buffers& buffers, ReceiveWait wait);

 private:
  using Kept = std::array<std::byte, kRequestMessageBytes>;

  [[nodiscard]] ResponseProblem parse(std::span<const std::byte> bytes, Scratch::Buffers& buffers);
  void answer();

  std::shared_ptr<const RequestFormat> format_;
  ResponseScanner scanner_;
  std::size_t begun_ = 0;     // bytes already sent of the first request not taken
  std::deque<Kept> waiting_;  // messages whose responses are not complete, oldest first
  // Of one receive(): a message, and of a rejected one the beginning of the response.
  struct Answer {
    std::size_t begin = 0, size = 0;
    bool rejected = false;
  };
  std::vector<Answer> answers_;
  std::vector<std::byte> answered_;
  ResponseProblem problem_ = ResponseProblem::none;  // final
};

}  // namespace sockmark
