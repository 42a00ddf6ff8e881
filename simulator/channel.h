// Messages between the simulator and a guest's first process while the guest is set up.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "simulator/descriptor.h"

namespace cloister::simulator {

inline constexpr std::size_t kMaximumDescriptors = 32;

// kMapped: user ids are mapped; kReady: set up, with devices; kGo: start the program; kGone: the other side has ended.
enum class MessageKind : char { kGone = 0, kMapped = 'm', kReady = 'r', kError = 'e', kGo = 'g' };

struct Message {
  MessageKind kind = MessageKind::kGone;
  std::string text;
  std::vector<Descriptor> descriptors;
};

class Channel {
 public:
  // Two connected ends. kIo.
  static Result<std::pair<Channel, Channel>> MakePair();

  // With at most kMaximumDescriptors; text is cut at 4095 bytes. A lost other side is noticed by Receive().
  void Send(MessageKind kind, const std::string& text, std::span<const int> descriptors) const;
  Message Receive() const;
  void Close() { socket_.Close(); }

 private:
  explicit Channel(Descriptor socket) : socket_(std::move(socket)) {}
  Descriptor socket_;
};

}  // namespace cloister::simulator
