// Holds the precompiled header (precompiled.h) for the targets that use it.
