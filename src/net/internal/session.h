// One connection of a server. Included by server.cc only, since it brings Beast and Asio.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <functional>
#include <memory>

#include "net/internal/parser.h"
#include "net/internal/tls.h"

namespace cloister::net::internal {

namespace asio = boost::asio;
namespace beast = boost::beast;

// What sessions need of their server.
class SessionHost {
 public:
  virtual ~SessionHost() = default;
  virtual const ServerLimits& limits() const = 0;
  virtual const std::string& exporter_label() const = 0;
  virtual bool stopping() const = 0;
  // Runs `work` on a handler thread; false: the queue is full.
  virtual bool RunHandler(std::function<void()> work) = 0;
  virtual Response Answer(Request request) = 0;
  // A connection that ended in a way worth counting: "handshake", "timeout", "malformed".
  virtual void CountFailure(std::string_view kind) = 0;
};

class Session {
 public:
  virtual ~Session() = default;
  virtual void Start() = 0;
  // Ends the session if it waits for a request; otherwise it ends after the response.
  virtual void StopWhenIdle() = 0;
  virtual void Close() = 0;
};

using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

// Reads a request, has it answered, writes the response, and again. All members are touched on the stream's strand
// only, except while a handler runs, when the session waits for it. One operation is under way at any time, so one
// deadline on the stream covers it; a timeout ends the operation and closes the socket.
template <class Stream>
class StreamSession final : public Session, public std::enable_shared_from_this<StreamSession<Stream>> {
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

 public:
  StreamSession(SessionHost& host, Stream stream, std::shared_ptr<asio::ssl::context> context, std::string peer,
                std::function<void()> on_end)
      : host_(host), context_(std::move(context)), stream_(std::move(stream)), on_end_(std::move(on_end)) {
    info_.peer_address = std::move(peer);
  }
  ~StreamSession() override { on_end_(); }

  void Start() override {
    auto self = this->shared_from_this();
    asio::post(stream_.get_executor(), [self] { self->Begin(); });
  }

  void StopWhenIdle() override {
    auto self = this->shared_from_this();
    asio::post(stream_.get_executor(), [self] {
      if (self->idle_) beast::get_lowest_layer(self->stream_).close();
    });
  }

  void Close() override {
    auto self = this->shared_from_this();
    asio::post(stream_.get_executor(), [self] { beast::get_lowest_layer(self->stream_).close(); });
  }

 private:
  static constexpr std::size_t kReadSize = 16u << 10;
  static constexpr std::size_t kMaxDrain = 4u << 20;

  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

  void Begin() {
    if constexpr (kTls) {
      lowest().expires_after(host_.limits().handshake);
      auto self = this->shared_from_this();
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self](beast::error_code code) { self->AfterHandshake(code); });
    } else {
      ReadRequest();
    }
  }

  void AfterHandshake(beast::error_code code) {
    if constexpr (kTls) {
      if (code) return host_.CountFailure(code == beast::error::timeout ? "timeout" : "handshake");
      const auto described = Describe(stream_.native_handle(), host_.exporter_label(), info_);
      if (!described) return host_.CountFailure("handshake");
      ReadRequest();
    }
  }

  void ReadRequest() {
    parser_ = RequestParser::Create({host_.limits().header_bytes, host_.limits().body_bytes});
    body_begun_ = false;
    idle_ = waiting_.empty();
    if (idle_ && host_.stopping()) return Finish();
    lowest().expires_after(host_.limits().idle);
    if (waiting_.empty()) return ReadMore();
    Feed();
  }

  void ReadMore() {
    chunk_.resize(kReadSize);
    auto self = this->shared_from_this();
    stream_.async_read_some(asio::buffer(chunk_),
                            [self](beast::error_code code, std::size_t size) { self->AfterRead(code, size); });
  }

  void AfterRead(beast::error_code code, std::size_t size) {
    if (code) {
      if (code == beast::error::timeout && !idle_) host_.CountFailure("timeout");
      return;  // The other side has gone, or was too slow: the session ends with its last reference.
    }
    idle_ = false;
    waiting_.insert(waiting_.end(), chunk_.begin(), chunk_.begin() + static_cast<std::ptrdiff_t>(size));
    Feed();
  }

  void Feed() {
    const auto used = parser_->Feed(waiting_);
    if (!used) return Refuse(parser_->status(), used.error());
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(*used));
    if (parser_->done()) return Dispatch();
    if (!parser_->header_done() || body_begun_) return ReadMore();
    body_begun_ = true;
    lowest().expires_after(host_.limits().body);
    if (parser_->request().headers.Find("Expect") == "100-continue") return Continue();
    ReadMore();
  }

  void Continue() {
    output_ = ToBytes("HTTP/1.1 100 Continue\r\n\r\n");
    auto self = this->shared_from_this();
    asio::async_write(stream_, asio::buffer(output_), [self](beast::error_code code, std::size_t) {
      if (!code) self->ReadMore();
    });
  }

  // The request cannot be read to its end, so nothing that follows could be told from it.
  void Refuse(int status, const Error& error) {
    host_.CountFailure("malformed");
    Write(Problem(status, ErrorCodeName(error.code()), error.message()), Persistence::kClose);
  }

  void Dispatch() {
    lowest().expires_never();
    const auto persistence = parser_->keep_alive() ? Persistence::kKeepAlive : Persistence::kClose;
    is_head_ = parser_->request().method == "HEAD";
    Request request = std::move(parser_->request());
    request.connection = info_;
    auto self = this->shared_from_this();
    auto shared = std::make_shared<Request>(std::move(request));
    const bool queued = host_.RunHandler([self, shared, persistence] {
      auto response = std::make_shared<Response>(self->host_.Answer(std::move(*shared)));
      asio::post(self->stream_.get_executor(), [self, response, persistence] { self->Write(*response, persistence); });
    });
    if (queued) return;
    Response busy = Problem(503, ErrorCodeName(ErrorCode::kUnavailable), "too many requests are waiting");
    busy.headers.Add("Retry-After", "1");
    Write(busy, persistence);
  }

  void Write(const Response& response, Persistence persistence) {
    if (host_.stopping()) persistence = Persistence::kClose;
    auto head = FormatResponseHead(response, persistence);
    const Response* sent = &response;
    const Response bad = Problem(500, ErrorCodeName(ErrorCode::kInternal), "");
    if (!head) {
      sent = &bad;
      head = FormatResponseHead(bad, persistence);
    }
    output_ = ToBytes(*head);
    const bool bodiless = is_head_ || sent->status == 204 || sent->status == 304;
    if (!bodiless) output_.insert(output_.end(), sent->body.begin(), sent->body.end());
    is_head_ = false;
    lowest().expires_after(host_.limits().write);
    auto self = this->shared_from_this();
    asio::async_write(stream_, asio::buffer(output_), [self, persistence](beast::error_code code, std::size_t) {
      if (code) return;
      if (persistence == Persistence::kKeepAlive) return self->ReadRequest();
      self->Finish();
    });
  }

  // Ends in order: close_notify, FIN, then reading what still comes for a moment, since closing a socket with unread
  // bytes resets it and may take the response away from the client.
  void Finish() {
    lowest().expires_after(std::min(host_.limits().write, std::chrono::milliseconds(2000)));
    if constexpr (kTls) {
      auto self = this->shared_from_this();
      stream_.async_shutdown([self](beast::error_code) { self->EndSending(); });
    } else {
      EndSending();
    }
  }

  void EndSending() {
    beast::error_code ignored;
    lowest().socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    Drain();
  }

  void Drain() {
    auto self = this->shared_from_this();
    chunk_.resize(kReadSize);
    lowest().async_read_some(asio::buffer(chunk_), [self](beast::error_code code, std::size_t size) {
      self->drained_ += size;
      if (!code && self->drained_ < kMaxDrain) self->Drain();
    });
  }

  SessionHost& host_;
  std::shared_ptr<asio::ssl::context> context_;  // null without TLS; before the stream that uses it
  Stream stream_;
  std::function<void()> on_end_;
  ConnectionInfo info_;
  std::unique_ptr<RequestParser> parser_;
  Bytes waiting_;  // read, not yet used
  Bytes chunk_;
  Bytes output_;
  std::size_t drained_ = 0;
  bool body_begun_ = false;
  bool idle_ = false;
  bool is_head_ = false;
};

}  // namespace cloister::net::internal
