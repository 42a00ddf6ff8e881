// What every daemon does alike: keys in files, a TLS server, a quiet end on SIGTERM.
#pragma once

#include <filesystem>

#include "crypto/hash.h"
#include "crypto/sign.h"
#include "net/server.h"

namespace cloister::service {

// "HOST:PORT"; port 0 takes a free one.
struct Listen {
  std::string address;
  std::uint16_t port = 0;
  static Result<Listen> Parse(std::string_view text);  // kUsage
};

// The key at `path`; a fresh one is made and written (0600) where there is none.
Result<crypto::SigningKey> LoadOrMakeKey(const std::filesystem::path& path, crypto::SignatureAlgorithm algorithm);

// TLS key and certificate in `folder` (tls.pem, tls.crt), made where they are not there. `spki` is what peers pin.
struct TlsFiles {
  net::ServerIdentity identity;
  crypto::Sha256Digest spki;
};
Result<TlsFiles> LoadOrMakeTls(const std::filesystem::path& folder, const std::vector<std::string>& names, Time now);

// A daemon that holds keys leaves none in a core file, and shows no debugger of the same user its memory. To be called first.
void RefuseCoreDumps();

// Blocks SIGTERM and SIGINT for this thread and those made later; call it before any thread is made.
void BlockStopSignals();
// Waits for SIGTERM or SIGINT, calling `tend` every `period`.
void WaitForStop(std::chrono::milliseconds period, const std::function<void()>& tend);

}  // namespace cloister::service
