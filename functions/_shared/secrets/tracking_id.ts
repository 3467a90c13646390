/**
 * Tracking ids, by which a visitor is recognized before the first login.
 *
 * The parameter `tracking_id` of a login and the gateway's header have the same
 * form, so that a login can claim the visitor whom the gateway tracked.
 *
 * @module
 */

/** Whether a text is a tracking id: 1 to 255 visible ASCII characters. */
export function isTrackingId(text: string): boolean {
  return /^[\x21-\x7e]{1,255}$/.test(text);
}
