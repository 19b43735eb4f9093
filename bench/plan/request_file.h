// Who answers in a case: the responder of sockmark, an echo server, or a server of a protocol of
// requests and responses, which a request file describes (docs/other-servers.md):
//
//   {"request": "PING\r\n", "response": {"until": "\r\n", "begins": "+PONG"}}
//
// Errors are one line that names file, place and problem. read_responder() reads a file; all else
// is pure. Any thread.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "transports/request_format.h"

namespace sockmark {

struct ResponderChoice {
  enum class Kind : std::uint8_t { sockmark, echo, request };
  Kind kind = Kind::sockmark;
  std::string name = "sockmark";  // "sockmark", "echo", or that of a request file: "redis-ping"
  std::string file = {};          // of a request: where it was read; empty if it was not here
  std::shared_ptr<const RequestFormat> request = {};  // of a request

  // The server is not of the run: nothing is known of it but what it sends.
  [[nodiscard]] bool foreign() const { return kind != Kind::sockmark; }
};

// "sockmark", "echo", or the path of a request file, which contains '.' or '/'.
[[nodiscard]] Result<ResponderChoice> read_responder(const std::string& text);

// `origin` names the text in errors. Comments are allowed.
[[nodiscard]] Result<RequestFormat> parse_request(std::string_view text, std::string_view origin);

// One line of JSON that parse_request() reads as the same; bytes that are no plain text are in
// hexadecimal.
[[nodiscard]] std::string text_of(const RequestFormat& format);

// The responder of a report: its name, and of a request file the text_of() it.
[[nodiscard]] Result<ResponderChoice> responder_of(const std::string& name,
                                                   const std::string* request);

}  // namespace sockmark
