// A text as it may be carried inside another: gzip (RFC 1952) in base64 (RFC 4648, section 4). Pure
// function, any thread.

#pragma once

#include <string>
#include <string_view>

namespace sockmark::report {

// Made at the best compression; the same text gives the same bytes.
[[nodiscard]] std::string gzip_base64(std::string_view text);

}  // namespace sockmark::report
