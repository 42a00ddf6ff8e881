#include "net/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <condition_variable>
#include <map>
#include <thread>

#include "net/internal/session.h"

namespace cloister::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCodeOf = boost::system::error_code;
using SharedContext = std::shared_ptr<asio::ssl::context>;

Result<SharedContext> ContextFor(const ServerIdentity& identity, OldestTls oldest) {
  internal::TlsContext made = TRY(internal::MakeServerContext(identity, oldest));
  return std::make_shared<asio::ssl::context>(made.release());
}

std::string AddressText(const tcp::endpoint& endpoint) {
  const std::string text = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? '[' + text + ']' : text) + ':' + std::to_string(endpoint.port());
}

Error System(std::string_view what, const ErrorCodeOf& code) {
  return Error(ErrorCode::kIo, std::string(what) + ": " + code.message());
}

}  // namespace

// Members are destroyed from the last to the first: the pool, whose queue holds sessions, goes before what sessions
// use.
struct Server::State final : internal::SessionHost {
  State(ServerConfig c, Router r, telemetry::Logger l, telemetry::Registry* m)
      : config(std::move(c)),
        router(std::move(r)),
        logger(l.For("net.server")),
        metrics(m),
        pool(static_cast<std::size_t>(config.handler_threads)) {}

  const ServerLimits& limits() const override { return config.limits; }
  const std::string& exporter_label() const override { return config.exporter_label; }
  bool stopping() const override { return stop.load(); }
  bool RunHandler(std::function<void()> work) override;
  Response Answer(Request request) override;
  void CountFailure(std::string_view kind) override;

  Result<void> Listen();
  void Accept();
  void TakeConnection(tcp::socket socket);
  void Retry();
  std::vector<std::shared_ptr<internal::Session>> Sessions();
  void Stop(std::chrono::milliseconds grace);

  const ServerConfig config;
  const Router router;
  const telemetry::Logger logger;
  telemetry::Registry* const metrics;
  bool tls = false;
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> handlers{0};

  std::mutex mutex;  // for the next four
  std::condition_variable ended;
  SharedContext context;
  std::map<std::uint64_t, std::weak_ptr<internal::Session>> sessions;
  std::uint64_t next_session = 0;

  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> keep_running{io.get_executor()};
  tcp::acceptor acceptor{asio::make_strand(io)};
  asio::steady_timer retry{acceptor.get_executor()};
  tcp::endpoint endpoint;
  std::vector<std::thread> threads;
  std::mutex stop_mutex;
  asio::thread_pool pool;
};

bool Server::State::RunHandler(std::function<void()> work) {
  const std::size_t most = config.limits.queued_requests + static_cast<std::size_t>(config.handler_threads);
  if (handlers.fetch_add(1) >= most) {
    handlers.fetch_sub(1);
    CountFailure("busy");
    return false;
  }
  asio::post(pool, [this, run = std::move(work)] {
    run();
    handlers.fetch_sub(1);
  });
  return true;
}

Response Server::State::Answer(Request request) {
  try {
    return router.Handle(std::move(request));
  } catch (const std::exception& failure) {
    logger.Error("a handler threw", {{"what", failure.what()}});
    return Problem(500, ErrorCodeName(ErrorCode::kInternal), "");
  }
}

void Server::State::CountFailure(std::string_view kind) {
  if (metrics == nullptr) return;
  metrics
      ->CounterFor("http_failures_total", "Connections and requests that failed before a handler.",
                   {{"kind", std::string(kind)}})
      .Add();
}

Result<void> Server::State::Listen() {
  ErrorCodeOf code;
  const auto address = asio::ip::make_address(config.address, code);
  if (code) return Error(ErrorCode::kUsage, "address: expected an IP address");
  if (!context && !address.is_loopback()) {
    return Error(ErrorCode::kUsage, "plain HTTP is for loopback addresses only");
  }
  const tcp::endpoint wanted(address, config.port);
  acceptor.open(wanted.protocol(), code);
  if (!code) acceptor.set_option(asio::socket_base::reuse_address(true), code);
  if (!code) acceptor.bind(wanted, code);
  if (!code) acceptor.listen(asio::socket_base::max_listen_connections, code);
  if (!code) endpoint = acceptor.local_endpoint(code);
  if (code) return System("listen on " + AddressText(wanted), code);
  return {};
}

void Server::State::Accept() {
  acceptor.async_accept(asio::make_strand(io), [this](const ErrorCodeOf& code, tcp::socket socket) {
    if (stop || code == asio::error::operation_aborted) return;
    if (code) return Retry();
    TakeConnection(std::move(socket));
    Accept();
  });
}

// Out of descriptors, most likely: waits a moment instead of asking again at once.
void Server::State::Retry() {
  CountFailure("accept");
  retry.expires_after(std::chrono::milliseconds(100));
  retry.async_wait([this](const ErrorCodeOf& code) {
    if (!code && !stop) Accept();
  });
}

void Server::State::TakeConnection(tcp::socket socket) {
  ErrorCodeOf ignored;
  const tcp::endpoint peer = socket.remote_endpoint(ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  std::shared_ptr<internal::Session> session;  // outlives the lock, which its end takes
  const std::lock_guard lock(mutex);
  if (sessions.size() >= config.limits.connections) return CountFailure("connections");
  const std::uint64_t id = next_session++;
  const auto on_end = [this, id] {
    const std::lock_guard end_lock(mutex);
    sessions.erase(id);
    if (metrics != nullptr) metrics->GaugeFor("http_connections", "Open connections.").Add(-1);
    ended.notify_all();
  };
  boost::beast::tcp_stream stream(std::move(socket));
  if (context) {
    using Tls = internal::StreamSession<internal::TlsStream>;
    session = std::make_shared<Tls>(*this, internal::TlsStream(std::move(stream), *context), context, AddressText(peer),
                                    on_end);
  } else {
    using Plain = internal::StreamSession<internal::PlainStream>;
    session = std::make_shared<Plain>(*this, std::move(stream), nullptr, AddressText(peer), on_end);
  }
  sessions.emplace(id, session);
  if (metrics != nullptr) metrics->GaugeFor("http_connections", "Open connections.").Add(1);
  session->Start();
}

std::vector<std::shared_ptr<internal::Session>> Server::State::Sessions() {
  const std::lock_guard lock(mutex);
  std::vector<std::shared_ptr<internal::Session>> all;
  for (const auto& [id, weak] : sessions) {
    if (auto session = weak.lock()) all.push_back(std::move(session));
  }
  return all;
}

void Server::State::Stop(std::chrono::milliseconds grace) {
  const std::lock_guard once(stop_mutex);
  if (stop.exchange(true)) return;
  asio::post(acceptor.get_executor(), [this] {
    ErrorCodeOf ignored;
    acceptor.close(ignored);
    retry.cancel();
  });
  for (const auto& session : Sessions()) session->StopWhenIdle();
  {
    std::unique_lock lock(mutex);
    ended.wait_for(lock, grace, [this] { return sessions.empty(); });
  }
  for (const auto& session : Sessions()) session->Close();
  pool.stop();
  pool.join();
  keep_running.reset();
  for (std::thread& thread : threads) thread.join();
}

Server::Server(std::shared_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() { Stop(std::chrono::milliseconds(0)); }

Result<std::unique_ptr<Server>> Server::Start(ServerConfig config, Router router, telemetry::Logger logger,
                                              telemetry::Registry* metrics) {
  if (config.io_threads < 1 || config.handler_threads < 1)
    return Error(ErrorCode::kUsage, "expected at least 1 thread");
  try {
    SharedContext context;
    if (config.identity) context = TRY(ContextFor(*config.identity, config.oldest_tls));
    config.identity.reset();  // OpenSSL has its copy
    auto state = std::make_shared<State>(std::move(config), std::move(router), std::move(logger), metrics);
    state->tls = context != nullptr;
    state->context = std::move(context);
    TRY(state->Listen());
    std::unique_ptr<Server> server(new Server(state));
    for (int i = 0; i < state->config.io_threads; ++i) {
      state->threads.emplace_back([raw = state.get()] { raw->io.run(); });
    }
    asio::post(state->acceptor.get_executor(), [raw = state.get()] { raw->Accept(); });
    state->logger.Info("serving", {{"url", server->url()}});
    return server;
  } catch (const std::exception& failure) {
    return Error(ErrorCode::kIo, std::string("start server: ") + failure.what());
  }
}

std::uint16_t Server::port() const { return state_->endpoint.port(); }

std::string Server::url() const { return (state_->tls ? "https://" : "http://") + AddressText(state_->endpoint); }

Result<void> Server::ReplaceIdentity(ServerIdentity identity) {
  if (!state_->tls) return Error(ErrorCode::kUsage, "the server speaks plain HTTP");
  SharedContext context = TRY(ContextFor(identity, state_->config.oldest_tls));
  const std::lock_guard lock(state_->mutex);
  state_->context = std::move(context);
  return {};
}

void Server::Stop(std::chrono::milliseconds grace) { state_->Stop(grace); }

}  // namespace cloister::net
