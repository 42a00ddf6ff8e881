#include "simulator/channel.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstring>

namespace cloister::simulator {
namespace {

constexpr std::size_t kMaximumMessage = 4096;

struct alignas(cmsghdr) Control {
  char bytes[CMSG_SPACE(sizeof(int) * kMaximumDescriptors)] = {};
};

}  // namespace

Result<std::pair<Channel, Channel>> Channel::MakePair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return Error(ErrorCode::kIo, "SIMULATED guest: could not make a socket pair");
  }
  return std::pair(Channel(Descriptor(ends[0])), Channel(Descriptor(ends[1])));
}

void Channel::Send(MessageKind kind, const std::string& text, std::span<const int> descriptors) const {
  CHECK(descriptors.size() <= kMaximumDescriptors);
  std::string content = static_cast<char>(kind) + text.substr(0, kMaximumMessage - 1);
  iovec part{content.data(), content.size()};
  Control control;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!descriptors.empty()) {
    header.msg_control = control.bytes;
    header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
  }
  (void)sendmsg(socket_.number(), &header, MSG_NOSIGNAL);
}

Message Channel::Receive() const {
  char content[kMaximumMessage];
  iovec part{content, sizeof content};
  Control control;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes;
  header.msg_controllen = sizeof control.bytes;
  const ssize_t count = recvmsg(socket_.number(), &header, MSG_CMSG_CLOEXEC);
  Message message;
  if (count < 1) return message;
  message.kind = static_cast<MessageKind>(content[0]);
  message.text.assign(content + 1, static_cast<std::size_t>(count - 1));
  const cmsghdr* rights = CMSG_FIRSTHDR(&header);
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS) {
    int numbers[kMaximumDescriptors];
    const std::size_t size = std::min(rights->cmsg_len - CMSG_LEN(0), sizeof numbers);
    std::memcpy(numbers, CMSG_DATA(rights), size);
    for (std::size_t i = 0; i < size / sizeof(int); ++i) message.descriptors.emplace_back(numbers[i]);
  }
  return message;
}

}  // namespace cloister::simulator
