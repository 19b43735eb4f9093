#include "reports/format/compressed.h"

#include <zlib.h>

#include <limits>
#include <span>

#include "base/assert.h"
#include "reports/format/base64.h"

namespace sockmark::report {

std::string gzip_base64(std::string_view text) {
  constexpr int kGzip = 16 + MAX_WBITS, kMemory = 8;
  ASSERT(text.size() <= std::numeric_limits<uInt>::max());
  z_stream stream{};
  [[maybe_unused]] int status =
      deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, kMemory, Z_DEFAULT_STRATEGY);
  ASSERT(status == Z_OK);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  status = deflate(&stream, Z_FINISH);
  ASSERT(status == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return base64(std::as_bytes(std::span(packed)));
}

}  // namespace sockmark::report
