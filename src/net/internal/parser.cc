#include "net/internal/parser.h"

#include <boost/beast/http/basic_parser.hpp>

#include <limits>

namespace cloister::net::internal {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

std::string_view Std(string_view text) { return {text.data(), text.size()}; }

Error FromBeast(const error_code& code) {
  const bool limit = code == http::error::header_limit || code == http::error::body_limit;
  return Error(limit ? ErrorCode::kLimit : ErrorCode::kMalformed, "HTTP: " + code.message());
}

// What requests and responses share. Beast checks each piece of a header against its limit but not their sum, so the
// sum and the number of fields are counted here.
template <bool kIsRequest, class Interface, class Message>
class Parser : public Interface, protected http::basic_parser<kIsRequest> {
  using Base = http::basic_parser<kIsRequest>;

 public:
  explicit Parser(const MessageLimits& limits) : limits_(limits) {
    Base::eager(true);
    Base::header_limit(static_cast<std::uint32_t>(
        std::min<std::size_t>(limits.header_bytes, std::numeric_limits<std::uint32_t>::max())));
    Base::body_limit(limits.body_bytes);
  }

  Result<std::size_t> Feed(ByteSpan input) override {
    // The last chunk takes at least "0\r\n\r\n". Beast asserts that it gets that much at once (found by fuzzing), which
    // a client that sends byte by byte could use to end the program.
    if (Base::is_header_done() && Base::chunked() && input.size() < 5) return std::size_t{0};
    error_code code;
    const std::size_t used = Base::put(boost::asio::const_buffer(input.data(), input.size()), code);
    if (code == http::error::need_more) code = {};
    if (!code && Base::is_header_done() && !Base::is_done() && input.size() - used > kMaxChunkLine) {
      code = http::error::bad_chunk;
    }
    if (code) return Fail(code);
    return used;
  }

  Result<void> FeedEnd() override {
    error_code code;
    if (!Base::got_some()) return Error(ErrorCode::kMalformed, "HTTP: ended before the message");
    Base::put_eof(code);
    if (code) return FromBeast(code);
    return {};
  }

  bool header_done() const override { return Base::is_header_done(); }
  bool done() const override { return Base::is_done(); }
  bool keep_alive() const override { return Base::keep_alive(); }
  int status() const override { return status_; }

 protected:
  Error Fail(const error_code& code) {
    status_ = 400;
    if (code == http::error::header_limit) status_ = 431;
    if (code == http::error::body_limit) status_ = 413;
    if (code == http::error::bad_transfer_encoding) status_ = 501;
    return FromBeast(code);
  }

  void Count(std::size_t bytes, error_code& code) {
    header_bytes_ += bytes;
    if (header_bytes_ > limits_.header_bytes) code = http::error::header_limit;
  }

  void on_field_impl(http::field field, string_view name, string_view value, error_code& code) override {
    Count(name.size() + value.size() + 4, code);
    if (message_.headers.fields().size() >= kMaxFields) code = http::error::header_limit;
    // Beast takes codings that it does not know as no body at all, and reads the body as the next request.
    if (field == http::field::transfer_encoding && !boost::beast::iequals(value, "chunked")) {
      code = http::error::bad_transfer_encoding;
    }
    // Fields of a trailer come after the header was judged, so they are dropped (RFC 9110 §6.5.1).
    if (!code && !Base::is_header_done()) message_.headers.Add(Std(name), Std(value));
  }

  void on_header_impl(error_code&) override {}

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    if (length) message_.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, 64u << 10)));
  }

  std::size_t on_body_impl(string_view part, error_code&) override {
    message_.body.insert(message_.body.end(), part.begin(), part.end());
    return part.size();
  }

  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view part, error_code& code) override {
    return on_body_impl(part, code);
  }
  void on_finish_impl(error_code&) override {}

  const MessageLimits limits_;
  std::size_t header_bytes_ = 0;
  int status_ = 400;
  Message message_;
};

class BeastRequestParser final : public Parser<true, RequestParser, Request> {
 public:
  using Parser::Parser;
  Request& request() override { return message_; }

 private:
  void on_request_impl(http::verb, string_view method, string_view target, int version, error_code& code) override {
    Count(method.size() + target.size() + 12, code);
    http11_ = version == 11;
    message_.method = Std(method);
    auto parsed = ParseTarget(Std(target));
    if (!parsed) {
      code = http::error::bad_target;
      return;
    }
    message_.path = std::move(parsed->path);
    message_.query = std::move(parsed->query);
  }

  // RFC 9112 §3.2: exactly one Host in HTTP/1.1.
  void on_header_impl(error_code& code) override {
    const std::size_t hosts = message_.headers.Count("Host");
    if (hosts > 1 || (http11_ && hosts == 0)) code = http::error::bad_field;
  }

  void on_response_impl(int, string_view, int, error_code&) override {}
  bool http11_ = false;
};

class BeastResponseParser final : public Parser<false, ResponseParser, Response> {
 public:
  BeastResponseParser(const MessageLimits& limits, ResponseBody body) : Parser(limits) {
    if (body == ResponseBody::kNone) skip(true);
  }
  Response& response() override { return message_; }

 private:
  void on_response_impl(int status, string_view reason, int, error_code& code) override {
    Count(reason.size() + 15, code);
    if (status < 100 || status > 599) code = http::error::bad_status;
    message_.status = status;
  }
  void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}
};

}  // namespace

std::unique_ptr<RequestParser> RequestParser::Create(const MessageLimits& limits) {
  return std::make_unique<BeastRequestParser>(limits);
}

std::unique_ptr<ResponseParser> ResponseParser::Create(const MessageLimits& limits, ResponseBody body) {
  return std::make_unique<BeastResponseParser>(limits, body);
}

}  // namespace cloister::net::internal
