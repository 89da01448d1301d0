export default defineNuxtConfig({
  compatibilityDate: "2026-10-06",
  nitro: {
    preset: "cloudflare_module",
    cloudflare: { deployConfig: true, nodeCompat: true },
  },
});
