// What the room is given before it runs: measured init-data, and files that the operator laid ready and may have changed.
#pragma once

#include <filesystem>

#include "contract/init_data.h"
#include "contract/run.h"
#include "contract/signed_contract.h"

namespace cloister::room {

// Everything is signed by the keys that the contract pins, and belongs together: the init-data names this contract, run
// request and pipeline, this ledger and these brokers. Made by ReadGiven only.
class Given {
 public:
  const std::string& init_data_text() const { return init_data_text_; }
  const contract::InitData& init_data() const { return init_data_; }
  const contract::SignedContract& contract() const { return contract_; }
  const contract::Verified<contract::RunRequest>& run_request() const { return run_request_; }
  const contract::Verified<contract::Certification>& certification() const { return certification_; }
  // The ledger's receipt of each signature, in the order of contract().signatures(); not yet verified.
  const std::vector<Bytes>& receipts() const { return receipts_; }
  const std::string& run() const { return run_request_->run; }

 private:
  Given(std::string text, contract::InitData init_data, contract::SignedContract contract,
        contract::Verified<contract::RunRequest> run_request,
        contract::Verified<contract::Certification> certification, std::vector<Bytes> receipts)
      : init_data_text_(std::move(text)),
        init_data_(std::move(init_data)),
        contract_(std::move(contract)),
        run_request_(std::move(run_request)),
        certification_(std::move(certification)),
        receipts_(std::move(receipts)) {}
  friend Result<Given> ReadGiven(std::string_view, const std::filesystem::path&);

  std::string init_data_text_;
  contract::InitData init_data_;
  contract::SignedContract contract_;
  contract::Verified<contract::RunRequest> run_request_;
  contract::Verified<contract::Certification> certification_;
  std::vector<Bytes> receipts_;
};

// Reads and checks the init-data and the files of `data` (docs/formats/clean-room.md, "What the room is given").
// The caller still checks times, receipts and revocation. kMalformed, kUntrusted, kMismatch, kNotFound.
Result<Given> ReadGiven(std::string_view init_data, const std::filesystem::path& data);

// File name of a party's signature or receipt: SHA-256 of its DID in hex, with ".cose".
std::string PartyFileName(std::string_view did);

}  // namespace cloister::room
