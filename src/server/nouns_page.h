#pragma once

#include <string>

namespace sagebrush::server {

// docs/nouns.md: what each noun of the service model asks of its description, and whether it is built.
std::string NounsPage();

}  // namespace sagebrush::server
