/**
 * Tracking ids: what a visitor is known by before the first login.
 *
 * One form for the parameter `tracking_id` of a login and the gateway's header,
 * so that a login can claim whatever was tracked.
 *
 * @module
 */

/** Whether a text is a tracking id: 1 to 255 visible ASCII characters. */
export function isTrackingId(text: string): boolean {
  return /^[\x21-\x7e]{1,255}$/.test(text);
}
