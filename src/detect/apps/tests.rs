//! One small repo a framework.
