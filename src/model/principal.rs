//! Who asks, as far as the server knows. Plain data.

/// Who a call is made for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Principal {
    /// The user of this machine, or whoever has the token.
    #[default]
    Local,
}
