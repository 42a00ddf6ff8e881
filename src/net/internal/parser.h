// HTTP/1.1 messages off the wire, fed piece by piece. Hides Beast's parser, which leaves the storage to us.
#pragma once

#include <memory>

#include "net/http.h"

namespace cloister::net::internal {

struct MessageLimits {
  std::size_t header_bytes;
  std::size_t body_bytes;
};

inline constexpr std::size_t kMaxFields = 1000;
// What may wait unread inside a body: a chunk's size line, or the trailer.
inline constexpr std::size_t kMaxChunkLine = 16u << 10;

// Reads one message. Feed it all bytes that are not used yet, until done().
class MessageParser {
 public:
  virtual ~MessageParser() = default;
  // Returns how many bytes of `input` were used; the rest is given again, with more behind it. kLimit, kMalformed,
  // kUnsupported; the parser is then of no further use, and status() is what to answer.
  virtual Result<std::size_t> Feed(ByteSpan input) = 0;
  // The other side ends here; fails unless that ends the message.
  virtual Result<void> FeedEnd() = 0;
  virtual bool header_done() const = 0;
  virtual bool done() const = 0;
  // Whether another message may follow; once header_done().
  virtual bool keep_alive() const = 0;
  virtual int status() const = 0;
};

class RequestParser : public MessageParser {
 public:
  static std::unique_ptr<RequestParser> Create(const MessageLimits& limits);
  // Method, path, query, headers, body; complete once done().
  virtual Request& request() = 0;
};

enum class ResponseBody { kAsStated, kNone };  // none follows a response to HEAD

class ResponseParser : public MessageParser {
 public:
  static std::unique_ptr<ResponseParser> Create(const MessageLimits& limits, ResponseBody body);
  virtual Response& response() = 0;
};

// The message's bytes up to the body, which follows as it is. kUsage: a method, path, name or value that would break
// the message. Content-Length is added; a Content-Length or Transfer-Encoding of the caller is refused.
enum class Persistence { kKeepAlive, kClose };
Result<std::string> FormatRequestHead(const Request& request, std::string_view host);
Result<std::string> FormatResponseHead(const Response& response, Persistence persistence);

}  // namespace cloister::net::internal
