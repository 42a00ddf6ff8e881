// SIMULATED: token services made of software, whose issuer names say so; what they sign is shaped as the real ones' and
// worth nothing. For tests, fuzz corpora and the simulator; production programs link none of it.
#pragma once

#include "evidence/tokens/verify.h"

namespace cloister::evidence {

// What a simulated service says about a machine.
struct SimulatedTokenOptions {
  Time now;
  Seconds lifetime{300};
  std::string nonce = "SIMULATED-nonce-0001";
  std::string audience = "https://cloister.example";  // Google's only
  std::string measurement = std::string(96, 'a');     // hex
  std::string report_data = std::string(128, 'b');    // hex
  bool debug = false;
  bool good = true;  // the service's verdict, where it gives one
};

class SimulatedTokenService {
 public:
  // Keys of its own; RSA with 2048 bits, for speed.
  static SimulatedTokenService Make(TokenService service, Time not_before, Time not_after);

  // What a caller would pin: the service's keys (Azure's as certificates), or its root.
  TokenIssuer Issuer() const;
  TokenIssuer IssuerByRoot() const;  // Trustee, Veraison and Google only
  formats::Json JwkSet() const;
  const std::string& name() const { return name_; }
  const std::string& key_id() const { return key_id_; }
  const crypto::SigningKey& key() const { return key_; }
  const crypto::Certificate& leaf() const { return leaf_; }

  // The claims that the service would sign; of NVIDIA, those of one GPU.
  formats::Json Claims(const SimulatedTokenOptions& options) const;
  // A JWT with the service's header around any claims.
  std::string Sign(const formats::Json& claims) const;
  // The same with the chain in the header: `x5c`, of Trustee inside `jwk`.
  std::string SignWithChain(const formats::Json& claims) const;
  // Any header at all, for showing that it is refused.
  std::string SignWithHeader(const formats::Json& header, const formats::Json& claims) const;
  // A good token: a JWT, or NVIDIA's bundle.
  std::string Token(const SimulatedTokenOptions& options) const;
  // NVIDIA's bundle of these device tokens, with the right digests in an overall token.
  std::string Bundle(const std::map<std::string, std::string>& devices, const SimulatedTokenOptions& options) const;
  // The overall token's claims for these devices.
  formats::Json OverallClaims(const std::map<std::string, std::string>& devices,
                              const SimulatedTokenOptions& options) const;

 private:
  SimulatedTokenService(TokenService service, crypto::SigningKey key, crypto::Certificate root, crypto::Certificate leaf);
  TokenService service_;
  std::string name_, key_id_;
  crypto::SigningKey key_;
  crypto::Certificate root_, leaf_;
};

}  // namespace cloister::evidence
