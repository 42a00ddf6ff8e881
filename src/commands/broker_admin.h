// The owner's tool for its own broker, over HTTPS with a token that it signs itself.
#pragma once

#include <filesystem>

#include "contract/contract.h"
#include "net/client.h"
#include "sealed/age_keys.h"
#include "sealed/record.h"

namespace cloister::commands {

class BrokerAdmin {
 public:
  // `party` is the party's folder; `url` where its broker answers.
  static Result<BrokerAdmin> Connect(const std::filesystem::path& party, const std::string& url);

  Result<void> ImportContract(const std::string& json, const std::vector<Bytes>& signatures);
  Result<void> ImportSealedKey(const std::string& path, const sealed::SealingRecord& record, const sealed::Identity& identity);
  Result<void> ImportCertification(ByteSpan cose);
  Result<void> Revoke(const contract::Digest& contract, const std::string& reason);
  Result<formats::Json> Status();
  Result<formats::Json> Budget();

 private:
  BrokerAdmin(std::unique_ptr<net::Client> client, crypto::SigningKey key)
      : client_(std::move(client)), key_(std::move(key)) {}
  Result<formats::Json> Call(const std::string& method, const std::string& path, const formats::Json& body);
  std::unique_ptr<net::Client> client_;
  crypto::SigningKey key_;
};

}  // namespace cloister::commands
