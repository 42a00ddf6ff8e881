// The room's way to brokers: one TLS connection each, to the key that the init-data names.
#pragma once

#include <filesystem>

#include "net/client.h"
#include "room/peers.h"

namespace cloister::service {

class HttpBrokerDialer final : public room::BrokerDialer {
 public:
  // With `relays`, connections go through the unix socket RELAYS/HOST-PORT.sock, as in a guest without a network: the
  // operator's relay carries bytes, and TLS ends at the broker. Without, they go straight to the URL.
  explicit HttpBrokerDialer(std::optional<std::filesystem::path> relays) : relays_(std::move(relays)) {}

  Result<std::unique_ptr<room::BrokerConnection>> Dial(const contract::InitData::Broker& broker) override;

 private:
  std::optional<std::filesystem::path> relays_;
};

// The relay's socket for `url` under `relays`: "HOST-PORT.sock", with '-' for whatever is no letter or digit. The simulator's --relay option takes the same name.
Result<std::filesystem::path> RelaySocket(const std::filesystem::path& relays, std::string_view url);

// Reads the KBS error object of an answer that is not 200 as a failure; `code` is our addition to it.
Error KbsFailure(const net::Response& response);

}  // namespace cloister::service
