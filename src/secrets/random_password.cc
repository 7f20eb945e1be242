#include "secrets/random_password.h"

#include <algorithm>
#include <vector>

#include "base/id.h"
#include "secrets/secret_errors.h"

namespace sagebrush::secrets {
namespace {

std::vector<std::string> TypesOf(const PasswordForm& form) {
  std::vector<std::string> types;
  const auto add = [&](bool wanted, std::string characters) {
    std::erase_if(characters, [&](char c) { return form.excluded.find(c) != std::string::npos; });
    if (wanted && !characters.empty()) types.push_back(std::move(characters));
  };
  add(form.lower_case, "abcdefghijklmnopqrstuvwxyz");
  add(form.upper_case, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  add(form.digits, "0123456789");
  add(form.punctuation, R"(!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~)");
  add(form.space, " ");
  return types;
}

bool HasEach(const std::string& password, const std::vector<std::string>& types) {
  return std::ranges::all_of(
      types, [&](const std::string& type) { return password.find_first_of(type) != std::string::npos; });
}

}  // namespace

std::string MakePassword(const PasswordForm& form) {
  const std::vector<std::string> types = TypesOf(form);
  if (types.empty()) throw Error(kInvalidParameter, "Nothing is left of which a password could be made.");
  if (form.each_type && form.length < types.size())
    throw Error(kInvalidParameter, "The password length is too short for the character types that it must have.");
  std::string alphabet;
  for (const std::string& type : types) alphabet += type;
  // Drawing again keeps all that are left equally likely. The shortest that may be fits one time in fifteen.
  for (;;) {
    std::string password = RandomText(form.length, alphabet);
    if (!form.each_type || HasEach(password, types)) return password;
  }
}

}  // namespace sagebrush::secrets
