#include "service/daemon.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <charconv>

#include "base/file.h"
#include "crypto/x509_builder.h"

namespace cloister::service {
namespace {

constexpr std::size_t kMaxKeyFile = 64 * 1024;

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

Result<Listen> Listen::Parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  Listen listen;
  if (colon != std::string_view::npos && colon > 0) {
    listen.address = std::string(text.substr(0, colon));
    const std::string_view port = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), listen.port);
    if (error == std::errc() && end == port.data() + port.size()) return listen;
  }
  return Error(ErrorCode::kUsage, "listen: expected ADDRESS:PORT such as 127.0.0.1:8443, got " + std::string(text));
}

Result<crypto::SigningKey> LoadOrMakeKey(const std::filesystem::path& path, crypto::SignatureAlgorithm algorithm) {
  const auto pem = ReadSecretFile(path, kMaxKeyFile);
  if (pem) {
    auto key = TRY_WITH(path.string(), crypto::SigningKey::FromPem(pem->ExposeSecret()));
    if (key.algorithm() != algorithm) {
      return Error(ErrorCode::kMismatch, path.string() + ": expected a key for " +
                                             std::string(crypto::SignatureAlgorithmName(algorithm)) + ", found one for " +
                                             std::string(crypto::SignatureAlgorithmName(key.algorithm())));
    }
    return key;
  }
  if (pem.error().code() != ErrorCode::kNotFound) return pem.error();
  auto key = crypto::SigningKey::Generate(algorithm);
  TRY(WriteFile(path, key.ToPem().ExposeSecret(), FileMode::kPrivate));
  return key;
}

Result<TlsFiles> LoadOrMakeTls(const std::filesystem::path& folder, const std::vector<std::string>& names, Time now) {
  const auto key = TRY(LoadOrMakeKey(folder / "tls.pem", crypto::SignatureAlgorithm::kEs256));
  auto certificate = ReadTextFile(folder / "tls.crt", kMaxKeyFile);
  if (!certificate && certificate.error().code() == ErrorCode::kNotFound) {
    const auto made = TRY(crypto::MakeTlsCertificate(key, names, now - std::chrono::hours(24),
                                                     now + std::chrono::hours(24 * 3650)));
    TRY(WriteFile(folder / "tls.crt", AsBytes(made.Pem()), FileMode::kPublic));
    certificate = made.Pem();
  }
  return TlsFiles{{TRY(std::move(certificate)), key.ToPem()}, crypto::Sha256(key.Public().SpkiDer())};
}

void RefuseCoreDumps() {
  const rlimit none{0, 0};
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)prctl(PR_SET_DUMPABLE, 0);
}

void BlockStopSignals() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void WaitForStop(std::chrono::milliseconds period, const std::function<void()>& tend) {
  const sigset_t signals = StopSignals();
  const timespec wait{period.count() / 1000, (period.count() % 1000) * 1'000'000};
  while (sigtimedwait(&signals, nullptr, &wait) < 0) tend();
}

}  // namespace cloister::service
