//! What `${name.attribute}` stands for, as seen from inside the environment or from this computer.
