// A ledger over HTTPS (docs/formats/clean-room.md, "Ledger, HTTP").
#pragma once

#include <filesystem>

#include "ledger/client.h"
#include "net/client.h"

namespace cloister::service {

class HttpLedgerClient final : public ledger::Client {
 public:
  // `tls_key` is the SHA-256 of the SPKI of the ledger's TLS key. With `relay`, through that unix socket.
  static Result<std::unique_ptr<HttpLedgerClient>> Create(std::string_view url, const contract::Digest& tls_key,
                                                          std::optional<std::filesystem::path> relay);

  Result<Bytes> Register(ByteSpan statement) override;
  Result<Bytes> Fresh(const contract::FreshRequest& request) override;
  Result<std::string> Checkpoint() override;
  Result<translog::MerkleProof> Consistency(std::uint64_t from, std::uint64_t to) override;
  // A statement that is on the ledger; `signed_request` is a read request. Not part of what brokers and rooms need.
  Result<Bytes> Read(ByteSpan signed_request);

 private:
  explicit HttpLedgerClient(std::unique_ptr<net::Client> client) : client_(std::move(client)) {}
  std::unique_ptr<net::Client> client_;
};

// Reads an RFC 9457 problem body as a failure.
Error ProblemFailure(const net::Response& response, std::string_view who);

}  // namespace cloister::service
