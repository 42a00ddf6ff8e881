#include "net/client.h"

#include <mutex>

#include "net/internal/parser.h"
#include "net/internal/socket.h"

namespace cloister::net {
namespace {

constexpr std::size_t kReadSize = 64u << 10;
constexpr std::chrono::seconds kMaxIdle{15};  // less than servers usually wait

internal::Deadline After(std::chrono::milliseconds duration) { return std::chrono::steady_clock::now() + duration; }

// Host as RFC 9110 §7.2 has it.
std::string HostField(const Origin& origin) {
  const std::string url = origin.ToUrl();
  return url.substr(url.find("://") + 3);
}

bool MayRepeat(const Request& request) { return request.method == "GET" || request.method == "HEAD"; }

}  // namespace

struct Connection::State {
  Origin origin;
  ClientLimits limits;
  std::unique_ptr<internal::ServerJudge> judge;  // outlives the socket, which uses its context
  std::unique_ptr<internal::Socket> socket;      // null once closed
  ConnectionInfo info;

  Result<Response> Exchange(const Request& request, const std::string& head, internal::Deadline deadline);
  Result<Response> ReadResponse(const Request& request, internal::Deadline deadline, bool& reusable);
};

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::Open(const Origin& origin, const ClientConfig& config) {
  const bool plain = std::holds_alternative<TrustLoopback>(config.trust);
  if (plain == origin.tls) {
    return Error(ErrorCode::kUsage, plain ? "TrustLoopback is for http://" : "http:// needs TrustLoopback");
  }
  auto state = std::make_unique<State>();
  state->origin = origin;
  state->limits = config.limits;
  if (origin.tls) state->judge = TRY(internal::ServerJudge::Create(config.trust, config.oldest_tls));
  const internal::Deadline deadline = After(config.limits.connect);
  const std::string where = origin.ToUrl();
  state->socket = TRY_WITH(where, config.unix_socket.empty() ? internal::Socket::Connect(origin, deadline)
                                                             : internal::Socket::ConnectUnix(config.unix_socket));
  if (plain && !state->socket->is_loopback())
    return Error(ErrorCode::kUsage, where + ": plain HTTP beyond this machine");
  state->info.peer_address = state->socket->peer_address();
  if (origin.tls) {
    TRY_WITH(where, state->socket->Handshake(*state->judge, origin.host, deadline));
    TRY_WITH(where, internal::Describe(state->socket->tls(), config.exporter_label, state->info));
  }
  return std::unique_ptr<Connection>(new Connection(std::move(state)));
}

const ConnectionInfo& Connection::info() const { return state_->info; }

bool Connection::open() const { return state_->socket != nullptr && !state_->socket->LooksClosed(); }

Result<Response> Connection::State::ReadResponse(const Request& request, internal::Deadline deadline, bool& reusable) {
  const internal::MessageLimits bounds{limits.header_bytes, limits.body_bytes};
  const auto body = request.method == "HEAD" ? internal::ResponseBody::kNone : internal::ResponseBody::kAsStated;
  Bytes waiting;
  Bytes chunk(kReadSize);
  for (int interim = 0; interim < 10; ++interim) {
    const auto parser = internal::ResponseParser::Create(bounds, body);
    if (!waiting.empty()) {
      const std::size_t used = TRY(parser->Feed(waiting));
      waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(used));
    }
    while (!parser->done()) {
      const std::size_t size = TRY(socket->Read(chunk, deadline));
      if (size == 0) {
        if (!parser->header_done()) return Error(ErrorCode::kUnavailable, "closed before the response");
        TRY(parser->FeedEnd());
        break;
      }
      waiting.insert(waiting.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(size));
      const std::size_t used = TRY(parser->Feed(waiting));
      waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(used));
    }
    if (parser->response().status / 100 == 1) continue;
    // Bytes that nobody asked for would be taken as the next response.
    reusable = parser->keep_alive() && waiting.empty();
    return std::move(parser->response());
  }
  return Error(ErrorCode::kLimit, "HTTP: more than 9 interim responses");
}

Result<Response> Connection::State::Exchange(const Request& request, const std::string& head,
                                             internal::Deadline deadline) {
  auto sent = socket->Write(AsBytes(head), deadline);
  if (sent) sent = socket->Write(request.body, deadline);
  bool reusable = false;
  auto response = ReadResponse(request, deadline, reusable);
  // A server that refuses a body closes while we still send; what it answered counts more than the broken line.
  if (!sent && !response) return std::move(sent).error();
  if (!sent || !response || !reusable) socket.reset();
  return response;
}

Result<Response> Connection::Send(const Request& request) {
  const std::string where = state_->origin.ToUrl();
  if (!state_->socket) return Error(ErrorCode::kUnavailable, where + ": the connection is closed");
  const std::string head = TRY(internal::FormatRequestHead(request, HostField(state_->origin)));
  auto response = state_->Exchange(request, head, After(state_->limits.exchange));
  if (response) return response;
  state_->socket.reset();
  return response.error().With(where);
}

struct Client::State {
  Origin origin;
  ClientConfig config;
  std::mutex mutex;
  std::unique_ptr<Connection> connection;
  std::chrono::steady_clock::time_point last_use;
};

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::Create(std::string_view url, ClientConfig config) {
  Origin origin = TRY(Origin::Parse(url));
  return std::unique_ptr<Client>(
      new Client(std::unique_ptr<State>(new State{std::move(origin), std::move(config), {}, {}, {}})));
}

Result<Response> Client::Send(const Request& request) {
  const std::lock_guard lock(state_->mutex);
  const auto now = std::chrono::steady_clock::now();
  std::unique_ptr<Connection>& connection = state_->connection;
  const bool kept = connection && connection->open() && now - state_->last_use < kMaxIdle;
  if (!kept) connection = TRY(Connection::Open(state_->origin, state_->config));
  auto response = connection->Send(request);
  if (!response && response.error().code() == ErrorCode::kUnavailable && kept && MayRepeat(request)) {
    connection = TRY(Connection::Open(state_->origin, state_->config));
    response = connection->Send(request);
  }
  state_->last_use = std::chrono::steady_clock::now();
  return response;
}

Result<Response> Client::Get(std::string_view path) {
  Request request;
  request.path = path;
  return Send(request);
}

Result<Response> Client::Post(std::string_view path, std::string_view content_type, ByteSpan body) {
  Request request;
  request.method = "POST";
  request.path = path;
  request.headers.Add("Content-Type", content_type);
  request.body = ToBytes(body);
  return Send(request);
}

}  // namespace cloister::net
