//! Development servers that listen on their own loopback address by default, and how each is made to answer from outside.
