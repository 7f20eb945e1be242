#pragma once

#include "base/error.h"

// Runs a parser, which may refuse its input with an Error and nothing else.
template <typename Parser>
void Try(const Parser& parse) {
  try {
    parse();
  } catch (const sagebrush::Error&) {
  }
}
