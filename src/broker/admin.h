// Who may do what on the owner's side: bearer tokens with a role, and rules by method and path.
#pragma once

#include <regex>

#include "base/time.h"
#include "token/jwt.h"

namespace cloister::broker {

// Whose tokens are taken.
struct AdminIssuer {
  std::optional<std::string> issuer;    // demanded where given
  std::optional<std::string> audience;  // the same
  std::vector<token::NamedJwk> keys;    // EdDSA, ECDSA
};

// Lets `role` use `methods` on paths that match `path` as a whole, a regular expression (ECMAScript) that begins with
// "^/kbs" and ends with "$".
struct AdminRule {
  std::string role;
  std::vector<std::string> methods;  // "GET", "POST", "DELETE"
  std::string path;
};

struct AdminIdentity {
  std::string role;
  std::string subject;  // may be empty
};

class AdminAccess {
 public:
  // No issuers or no rules: everybody is refused. kUsage: a rule that is none.
  static Result<AdminAccess> Create(std::vector<AdminIssuer> issuers, const std::vector<AdminRule>& rules);

  // `authorization` is the header's value, "Bearer …"; `path` is the decoded path without query.
  // kUntrusted (no token, signature, algorithm), kExpired (a token needs `exp`), kMismatch, kRefused (no rule lets the
  // role).
  Result<AdminIdentity> Authorize(std::string_view method, std::string_view path, std::string_view authorization,
                                  Time now) const;

 private:
  struct Rule {
    std::string role;
    std::vector<std::string> methods;
    std::regex path;
  };
  AdminAccess(std::vector<AdminIssuer> issuers, std::vector<Rule> rules);
  std::vector<AdminIssuer> issuers_;
  std::vector<Rule> rules_;
};

}  // namespace cloister::broker
